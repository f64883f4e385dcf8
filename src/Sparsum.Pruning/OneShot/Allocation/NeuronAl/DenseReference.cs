namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>Which dense activations a candidate's are compared with.</summary>
public enum DenseReference
{
    /// <summary>Those of the dense block on what the candidate's pruned blocks before it gave, as the authors' code does.</summary>
    Local,

    /// <summary>
    /// Those of the dense model, computed once, which also score the weights: the paper's Algorithm 1. A candidate costs one pass through a
    /// block instead of two.
    /// </summary>
    Global,
}
