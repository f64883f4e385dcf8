namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>A loss: <paramref name="factor"/> times the sum of the rows' cross entropies.</summary>
internal sealed class CrossEntropyNode(Tensor logits, int[] targets, float factor) : TapeNode(logits)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        var gradient = tape.Rent(logits.Shape);
        backend.CrossEntropyGradient(logits, targets, factor, gradient);
        tape.Give(logits, gradient);
    }
}
