namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>A tensor multiplied in place: its gradient is multiplied in place too.</summary>
internal sealed class ScaleNode(Tensor tensor, float factor) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Find(tensor) is { } gradient)
        {
            backend.Scale(gradient, factor);
        }
    }
}
