
namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Chooses the mask rule that options and a layer's target ask for.</summary>
public static class MaskRules
{
    /// <summary>The rule of a pattern where there is one, of row ratios where there are some, of a granularity otherwise.</summary>
    /// <param name="granularity">Which weights compete with each other.</param>
    /// <param name="target">How sparse the layer is to become.</param>
    /// <param name="blockRows">How many neighbouring rows share their zeros; row ratios are then averaged over them.</param>
    public static IMaskRule For(Granularity granularity, LayerTarget target, int blockRows = 1)
    {
        IMaskRule rule = (target, granularity) switch
        {
            ({ Pattern: { } pattern }, _) => new NmRule(pattern),
            ({ RowRatios: { } ratios }, _) => new PerRowRatioRule(
                blockRows == 1 ? ratios : [.. ratios.Chunk(blockRows).Select(rows => rows.Average())], target.RowRounding),
            (_, Granularity.Row) => new RowRule(),
            (_, Granularity.Layer) => new LayerRule(includesIndex: true),
            (_, Granularity.LayerKth) => new LayerRule(includesIndex: false),
            (_, Granularity.RowSum) => new RowSumRule(),
            _ => throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Unknown granularity."),
        };
        return blockRows == 1 ? rule : new RowBlockRule(rule, blockRows);
    }
}
