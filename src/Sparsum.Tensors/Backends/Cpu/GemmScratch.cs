namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Packing memory of one thread.</summary>
internal sealed class GemmScratch : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
