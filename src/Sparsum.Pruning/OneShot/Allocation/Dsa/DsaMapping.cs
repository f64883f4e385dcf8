using Sparsum.Pruning.OneShot.Allocation.Owl;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// From importances of blocks to ratios: scaled to 0 and 1, turned round, then as OWL does. A larger value is pruned more.
/// </summary>
internal static class DsaMapping
{
    /// <summary>The ratios; null where all blocks are alike, so that nothing can be told apart.</summary>
    public static double[]? Ratios(IReadOnlyList<float> importances, IReadOnlyList<long> sizes, double sparsity, double lambda)
    {
        double least = importances.Min();
        double range = importances.Max() - least;
        return range == 0
            ? null
            : OwlMapping.Ratios([.. importances.Select(value => 1 - ((value - least) / range))], sizes, sparsity, lambda, clipsHigh: true);
    }
}
