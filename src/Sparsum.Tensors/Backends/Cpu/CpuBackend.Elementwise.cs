namespace Sparsum.Tensors.Backends.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public void Activate(Activation activation, Tensor input, Tensor output) =>
        reference.Activate(activation, input, output);

    /// <inheritdoc/>
    public void Gate(Activation activation, Tensor gate, Tensor up, Tensor output) =>
        reference.Gate(activation, gate, up, output);

    /// <inheritdoc/>
    public void Add(Tensor left, Tensor right, Tensor output) =>
        reference.Add(left, right, output);

    /// <inheritdoc/>
    public void Scale(Tensor tensor, float factor) =>
        reference.Scale(tensor, factor);

    /// <inheritdoc/>
    public void Rotate(Tensor tensor, int headCount, RotaryTable table, ReadOnlySpan<int> positions) =>
        reference.Rotate(tensor, headCount, table, positions);

    /// <inheritdoc/>
    public void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor output, bool accumulate = false) =>
        reference.Gather(table, ids, output, accumulate);
}
