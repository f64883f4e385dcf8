namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>The same values under another shape.</summary>
internal sealed class ReshapeNode(Tensor input, Tensor view) : TapeNode(input)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(view);
        if (gradient is not null)
        {
            tape.Add(input, gradient.Reshape(input.Shape));
        }
    }
}
