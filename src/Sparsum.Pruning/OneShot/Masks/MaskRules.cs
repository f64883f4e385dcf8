using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Chooses the mask rule that options and a layer's target ask for.</summary>
public static class MaskRules
{
    /// <summary>The rule of a pattern where there is one, of row ratios where there are some, of a granularity otherwise.</summary>
    public static IMaskRule For(Granularity granularity, LayerTarget target) => (target, granularity) switch
    {
        ({ Pattern: { } pattern }, _) => new NmRule(pattern),
        ({ RowRatios: { } ratios }, _) => new NeuronRule(ratios),
        (_, Granularity.Row) => new RowRule(),
        (_, Granularity.Layer) => new LayerRule(includesIndex: true),
        (_, Granularity.LayerKth) => new LayerRule(includesIndex: false),
        _ => throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Unknown granularity."),
    };
}
