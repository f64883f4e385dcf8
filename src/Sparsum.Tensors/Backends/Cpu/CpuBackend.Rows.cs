namespace Sparsum.Tensors.Backends.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public void Softmax(Tensor rows) =>
        reference.Softmax(rows);

    /// <inheritdoc/>
    public void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, Span<double> losses) =>
        reference.CrossEntropy(logits, targets, losses);

    /// <inheritdoc/>
    public void AddColumnSquareSums(Tensor input, Span<double> sums) =>
        reference.AddColumnSquareSums(input, sums);
}
