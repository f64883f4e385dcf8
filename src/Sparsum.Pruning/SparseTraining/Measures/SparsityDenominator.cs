namespace Sparsum.Pruning.SparseTraining.Measures;

/// <summary>Which weights a sparsity is a share of.</summary>
public enum SparsityDenominator
{
    /// <summary>The regularised matrices: query, key, value and the MLP's.</summary>
    Regularised,

    /// <summary>The regularised matrices and the attention's output projections.</summary>
    PlusOutput,

    /// <summary>Every parameter that was given, biases, norms and embeddings included.</summary>
    All,
}
