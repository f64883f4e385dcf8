namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Chosen columns: their gradients go back to where they came from, the others have none.</summary>
internal sealed class GatherColumnsNode(Tensor input, int[] columns, Tensor output) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        using var gradient = tape.Take(output);
        if (gradient is not null)
        {
            var spread = tape.Rent(input.Shape);
            backend.ScatterColumns(gradient, columns, null, spread);
            tape.Give(input, spread);
        }
    }
}
