namespace Sparsum.Tensors.Backends.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public void LayerNorm(Tensor input, Tensor? scale, Tensor? shift, float epsilon, Tensor output) =>
        reference.LayerNorm(input, scale, shift, epsilon, output);

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor scale, float epsilon, bool unitOffset, Tensor output) =>
        reference.RmsNorm(input, scale, epsilon, unitOffset, output);
}
