namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>A sum in the memory of its first input, whose gradient is that of the sum: only the addend gets something.</summary>
internal sealed class AddInPlaceNode(Tensor sum, Tensor addend) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Find(sum) is { } gradient)
        {
            tape.Add(addend, gradient);
        }
    }
}
