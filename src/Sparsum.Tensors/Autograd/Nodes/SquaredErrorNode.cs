namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>A loss: <paramref name="factor"/> times the sum of the squares of <paramref name="difference"/>, which is input less target.</summary>
internal sealed class SquaredErrorNode(Tensor input, Tensor difference, float factor) : TapeNode(difference)
{
    /// <inheritdoc/>
    protected override bool ReadsExactly => true;

    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        var gradient = tape.Rent(input.Shape);
        difference.CopyTo(gradient);
        backend.Scale(gradient, 2 * factor);
        tape.Give(input, gradient);
    }
}
