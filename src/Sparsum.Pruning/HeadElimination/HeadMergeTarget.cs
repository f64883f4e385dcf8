namespace Sparsum.Pruning.HeadElimination;

/// <summary>Where the contribution of a removed head goes.</summary>
public enum HeadMergeTarget
{
    /// <summary>
    /// Its columns of the attention output are added to those of the head that replaces it: exact when both heads are equal.
    /// </summary>
    AttentionOutput,

    /// <summary>
    /// Its share of the columns of the MLP's first matrix is added to the other's, as the algorithm is printed. For ablation: those
    /// columns read the residual stream, not the head.
    /// </summary>
    FeedForwardLiteral,

    /// <summary>Nowhere.</summary>
    None,
}
