namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>How sequences enter the profiles of a method that gathers Hessians.</summary>
public enum SparseGptProfile
{
    /// <summary>All alike.</summary>
    Plain,

    /// <summary>The <c>n</c>-th with weight <c>1/n</c>, as happens in the authors' code, whose profiles see inputs scaled for the Hessian.</summary>
    Harmonic,
}
