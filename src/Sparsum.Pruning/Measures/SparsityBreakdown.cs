using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Measures;

/// <summary>The sparsity of a model by every way of counting.</summary>
/// <param name="Shares">By denominator.</param>
/// <param name="ZeroRows">Rows of the block matrices without a nonzero, removed ones included.</param>
/// <param name="ZeroColumns">Columns likewise.</param>
/// <param name="HeadsKept">For each attention module the heads that are there.</param>
/// <param name="NeuronsKept">For each MLP the intermediate neurons that are there.</param>
public sealed record SparsityBreakdown(
    IReadOnlyDictionary<SparsityScope, PrunableSparsity> Shares,
    long ZeroRows,
    long ZeroColumns,
    IReadOnlyList<int> HeadsKept,
    IReadOnlyList<int> NeuronsKept)
{
    /// <summary>Looks at a model with loaded values.</summary>
    /// <param name="model">The model.</param>
    /// <param name="epsilon">What counts as near zero.</param>
    public static SparsityBreakdown Of(TransformerModel model, double epsilon)
    {
        long zeroRows = 0;
        long zeroColumns = 0;
        foreach (var weight in model.Blocks.SelectMany(block => block.Linears).Select(linear => linear.Weight))
        {
            var pattern = ZeroPattern.Of(weight.Value, limit: (float)epsilon);
            zeroRows += weight.OriginalShape[0] - pattern.LiveRows.Count(isLive => isLive);
            zeroColumns += weight.OriginalShape[1] - pattern.LiveColumns.Count(isLive => isLive);
        }

        return new SparsityBreakdown(
            Enum.GetValues<SparsityScope>().ToDictionary(
                denominator => denominator,
                denominator => PrunableWeights.Of(model.Blocks, denominator, model.Parameters).Measure(epsilon)),
            zeroRows,
            zeroColumns,
            [.. model.Blocks.SelectMany(block => block.Attentions).Select(attention => attention.HeadCount)],
            [.. model.Blocks.Select(block => block.FeedForwards.Sum(layer => layer.NeuronCount))]);
    }
}
