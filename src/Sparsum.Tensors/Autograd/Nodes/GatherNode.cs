namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>
/// Rows looked up in a table: their gradients are added to its rows. Rows added in place to a sum leave the sum's gradient where it is.
/// </summary>
internal sealed class GatherNode(Tensor table, int[] ids, int? padding, Tensor output, bool isInPlace) : TapeNode
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        var gradient = isInPlace ? tape.Find(output) : tape.Take(output);
        if (gradient is not null && tape.OpenSum(table) is { } tableGradient)
        {
            backend.ScatterAdd(gradient, ids, tableGradient, padding);
        }

        if (!isInPlace)
        {
            gradient?.Dispose();
        }
    }
}
