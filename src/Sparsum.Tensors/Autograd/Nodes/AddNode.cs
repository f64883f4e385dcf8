namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>A sum in memory of its own: both inputs get its gradient.</summary>
internal sealed class AddNode(Tensor left, Tensor right, Tensor output) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Take(output) is { } gradient)
        {
            tape.Add(right, gradient);
            tape.Give(left, gradient);
        }
    }
}
