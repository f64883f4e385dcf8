namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Chooses the mask rule that options ask for.</summary>
public static class MaskRules
{
    /// <summary>The rule of a pattern where there is one, of a granularity otherwise.</summary>
    public static IMaskRule For(Granularity granularity, NmPattern? pattern) => (pattern, granularity) switch
    {
        ({ } nm, _) => new NmRule(nm),
        (null, Granularity.Row) => new RowRule(),
        (null, Granularity.Layer) => new LayerRule(includesIndex: true),
        (null, Granularity.LayerKth) => new LayerRule(includesIndex: false),
        _ => throw new ArgumentOutOfRangeException(nameof(granularity), granularity, "Unknown granularity."),
    };
}
