namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>A loss: <paramref name="factor"/> times the sum of the rows' cross entropies, their targets smoothed.</summary>
internal sealed class CrossEntropyNode(Tensor logits, int[] targets, float factor, float smoothing) : TapeNode(logits)
{
    /// <inheritdoc/>
    protected override bool ReadsExactly => true;

    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        var gradient = tape.Rent(logits.Shape);
        backend.CrossEntropyGradient(logits, targets, factor, gradient, smoothing);
        tape.Give(logits, gradient);
    }
}
