namespace Sparsum.Pruning.Measures;

/// <summary>Which weights a sparsity is a share of.</summary>
public enum SparsityScope
{
    /// <summary>The regularised matrices: query, key, value and the MLP's.</summary>
    Regularised,

    /// <summary>The regularised matrices and the attention's output projections.</summary>
    PlusOutput,

    /// <summary>
    /// The same matrices, as a share of the prunable size of CoFi (Xia et al. 2022), which counts the biases of heads and five values per
    /// hidden dimension of an MLP with them: comparable with the sparsities that CoFi reports.
    /// </summary>
    CofiPrunable,

    /// <summary>Every parameter that was given, biases, norms and embeddings included.</summary>
    All,
}
