namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Elements dropped in place: the same ones of the gradient are dropped.</summary>
internal sealed class DropoutNode(Tensor tensor, float rate, RandomStream stream, long first) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Find(tensor) is { } gradient)
        {
            backend.Dropout(gradient, rate, stream, first);
        }
    }
}
