namespace Sparsum.Tensors.Backends.Cpu;

public sealed partial class CpuBackend
{
    /// <summary>The threads, for sweeps over parameters.</summary>
    internal WorkerPool Pool => pool;
}
