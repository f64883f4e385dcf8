namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>The same values in other memory.</summary>
internal sealed class CopyNode(Tensor input, Tensor output) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Take(output) is { } gradient)
        {
            tape.Give(input, gradient);
        }
    }
}
