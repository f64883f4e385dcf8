using Sparsum.Pruning.Measures;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Compaction;

/// <summary>
/// Finds what else need not be computed once dead heads and neurons are gone: input features that a matrix does not use, and output
/// features to which it adds nothing. Parts of one checkpoint tensor have their inputs in common. One feature always stays.
/// </summary>
internal static class DeadFeatures
{
    /// <summary>Looks at a block whose values are loaded.</summary>
    /// <param name="block">The block at its full size.</param>
    /// <param name="slices">What the removal of dead heads and neurons would leave of each parameter.</param>
    /// <param name="removesFeatures">Whether features are removed at all, or only nonzeros counted.</param>
    public static (IReadOnlyList<FeaturePlan> Features, IReadOnlyList<long> NonZeros) Find(
        TransformerBlock block, IReadOnlyList<ParameterSlice> slices, bool removesFeatures)
    {
        var patterns = block.Linears.ToDictionary(linear => linear, linear => Pattern(linear, slices));
        long[] nonZeros = [.. block.Linears.Select(linear => patterns[linear].NonZeros)];
        if (!removesFeatures)
        {
            return ([.. block.Linears.Select(_ => FeaturePlan.None)], nonZeros);
        }

        var writers = block.Attentions.Select(attention => attention.Output).Concat(block.FeedForwards.Select(layer => layer.Down)).ToHashSet();
        var inputs = block.Linears
            .Where(linear => !writers.Contains(linear))
            .GroupBy(linear => linear.Weight.Source.TensorName)
            .SelectMany(parts => parts.Select(part => (part, Dead: Dead([.. parts.Select(other => patterns[other].LiveColumns)]))))
            .ToDictionary(item => item.part, item => item.Dead);
        return (
            [
                .. block.Linears.Select(linear => writers.Contains(linear)
                    ? new FeaturePlan([], Dead([patterns[linear].LiveRows]))
                    : new FeaturePlan(inputs[linear], [])),
            ],
            nonZeros);
    }

    private static ZeroPattern Pattern(Linear linear, IReadOnlyList<ParameterSlice> slices)
    {
        var own = slices.Where(slice => slice.Parameter == linear.Weight).ToList();
        return ZeroPattern.Of(
            linear.Weight.Value,
            own.Find(slice => slice.Axis == SliceAxis.Rows)?.Kept,
            own.Find(slice => slice.Axis == SliceAxis.Columns)?.Kept);
    }

    /// <summary>The places that are live in none of several patterns; all but the first if they are live nowhere.</summary>
    private static int[] Dead(IReadOnlyList<bool[]> patterns)
    {
        int[] dead = [.. Enumerable.Range(0, patterns[0].Length).Where(i => !patterns.Any(live => live[i]))];
        return dead.Length == patterns[0].Length ? dead[1..] : dead;
    }
}
