namespace Sparsum.Tensors.Autograd.Nodes;

/// <summary>Weighted rows added in place to a sum, whose gradient stays where it is.</summary>
internal sealed class WeightedRowsNode(Tensor rows, int[] ids, Tensor weights, int[] places, Tensor sum) : TapeNode(rows, weights)
{
    /// <inheritdoc/>
    public override void Backward(Tape tape, IBackend backend)
    {
        if (tape.Find(sum) is { } gradient)
        {
            var rowGradient = tape.Rent(rows.Shape);
            backend.AddWeightedRowsGradient(rows, ids, weights, places, gradient, rowGradient, tape.OpenSum(weights));
            tape.Give(rows, rowGradient);
        }
    }
}
