namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Heads rotated in place: their gradient is rotated back in place.</summary>
internal sealed class RotateNode(Tensor tensor, int headCount, RotaryTable table, int[] positions) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Find(tensor) is { } gradient)
        {
            backend.Rotate(gradient, headCount, table, positions, inverse: true);
        }
    }
}
