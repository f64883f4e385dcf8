
namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Which weights of a layer compete with each other, and in what shape they go.</summary>
/// <param name="Granularity">Which weights compete with each other.</param>
/// <param name="BlockRows">How many neighbouring rows share their zeros; 1 leaves rows to themselves.</param>
/// <param name="Pattern">Semi-structured pattern; null for unstructured sparsity.</param>
public sealed record MaskOptions(Granularity Granularity = Granularity.Row, int BlockRows = 1, NmPattern? Pattern = null);

/// <summary>Which weights compete with each other.</summary>
public enum Granularity
{
    /// <summary>Those of one row: every output neuron loses the same number of inputs.</summary>
    Row,

    /// <summary>Those of one matrix; the score at index <c>⌊R·C·s⌋</c> goes too, as in the Wanda and SparseGPT repositories.</summary>
    Layer,

    /// <summary>Those of one matrix; the <c>⌊R·C·s⌋</c>-th smallest score is the last to go, as in the MULTIFLOW repository.</summary>
    LayerKth,

    /// <summary>
    /// Those of one row, up to a share of the row's score sum that is the same in every row and searched for: Wanda's variant, whose rows
    /// differ in sparsity.
    /// </summary>
    RowSum,
}
