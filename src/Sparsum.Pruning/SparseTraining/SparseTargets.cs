namespace Sparsum.Pruning.SparseTraining;

/// <summary>What a run is to end with, exactly. Without any the strength of the method decides.</summary>
public sealed record SparseTargets
{
    /// <summary>Share of the regularised weights that are zero or removed in the end, from 0 to below 1.</summary>
    public double? Sparsity { get; init; }

    /// <summary>Attention heads that are left over all modules.</summary>
    public int? Heads { get; init; }

    /// <summary>Whether there is any.</summary>
    public bool Any => Sparsity is not null || Heads is not null;
}
