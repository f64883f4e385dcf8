namespace Sparsum.Tensors.Backends.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public void Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output) =>
        reference.Attention(query, key, value, bias, options, output);
}
