namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Which weights compete with each other.</summary>
public enum Granularity
{
    /// <summary>Those of one row: every output neuron loses the same number of inputs.</summary>
    Row,

    /// <summary>Those of one matrix; the score at index <c>⌊R·C·s⌋</c> goes too, as in the Wanda and SparseGPT repositories.</summary>
    Layer,

    /// <summary>Those of one matrix; the <c>⌊R·C·s⌋</c>-th smallest score is the last to go, as in the MULTIFLOW repository.</summary>
    LayerKth,
}
