namespace Sparsum.Pruning.Measures;

/// <summary>The runs that no other beats in both heads and sparsity (the paper's figure 6, right).</summary>
public static class EfficientFrontier
{
    /// <summary>
    /// Keeps a run unless another has at most as many heads and at least its sparsity, one of them strictly better. Call it with the runs
    /// of one band of quality.
    /// </summary>
    public static IReadOnlyList<(int HeadsKept, double Sparsity)> Of(IReadOnlyCollection<(int HeadsKept, double Sparsity)> runs) =>
    [
        .. runs
            .Where(run => !runs.Any(other => other.HeadsKept <= run.HeadsKept && other.Sparsity >= run.Sparsity && other != run))
            .Distinct()
            .OrderBy(run => run.HeadsKept),
    ];
}
