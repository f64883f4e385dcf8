namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>The weights of the experts that a router chose.</summary>
internal sealed class RouteNode(Tensor logits, bool normalizes, int[] chosen, Tensor weights) : TapeNode(logits)
{
    /// <inheritdoc/>
    protected override bool ReadsExactly => true;

    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(weights);
        if (gradient is not null)
        {
            var logitGradient = tape.Rent(logits.Shape);
            backend.RouteGradient(logits, normalizes, chosen, gradient, logitGradient);
            tape.Give(logits, logitGradient);
        }
    }
}
