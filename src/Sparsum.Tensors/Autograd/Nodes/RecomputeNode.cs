namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>
/// A part of the computation of which only the input was kept: backward computes it again, now recorded, and goes back through it. Its random
/// decisions are those of the first time.
/// </summary>
internal sealed class RecomputeNode(Func<Tensor, Tensor> part, Tensor input, TapePlace place, Tensor output, ReadOnlySpan<Tensor?> others)
    : TapeNode([input, .. others])
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Take(output) is { } gradient)
        {
            tape.Replay(place, part, input, gradient);
        }
    }
}
