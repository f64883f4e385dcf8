using Sparsum.Tensors.Autograd.Nodes;

namespace Sparsum.Tensors;

/// <summary>Operations of mixtures of experts.</summary>
public sealed partial class Computation
{
    /// <inheritdoc cref="IBackend.Route"/>
    /// <param name="logits">The router's scores <c>[tokens, experts]</c>.</param>
    /// <param name="count">Experts for each token.</param>
    /// <param name="normalizes">Whether the weights of a token sum to 1.</param>
    /// <returns>The chosen experts <c>[tokens * count]</c> and their weights <c>[tokens, count]</c>.</returns>
    public (int[] Chosen, Tensor Weights) Route(Tensor logits, int count, bool normalizes)
    {
        var chosen = new int[logits.RowCount * count];
        var weights = Workspace.Rent(logits.RowCount, count);
        Backend.Route(logits, normalizes, chosen, weights);
        if (Tracks(logits))
        {
            tape.Record(new RouteNode(logits, normalizes, chosen, weights), weights);
        }

        return (chosen, weights);
    }

    /// <summary>Zeros, to which <see cref="AddWeightedRows"/> adds.</summary>
    public Tensor Zeros(params ReadOnlySpan<int> shape)
    {
        var zeros = Workspace.Rent(shape);
        zeros.Clear();
        return zeros;
    }

    /// <inheritdoc cref="IBackend.AddWeightedRows"/>
    public void AddWeightedRows(ref Tensor sum, Tensor rows, int[] ids, Tensor weights, int[] places)
    {
        MakeWritable(ref sum);
        Backend.AddWeightedRows(rows, ids, weights, places, sum);
        if (Tracks(sum, rows, weights))
        {
            tape.Record(new WeightedRowsNode(rows, ids, weights, places, sum), sum);
        }
    }
}
