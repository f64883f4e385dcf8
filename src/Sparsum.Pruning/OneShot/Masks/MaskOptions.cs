namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Which weights of a layer compete with each other, and in what shape they go.</summary>
/// <param name="Granularity">Which weights compete with each other.</param>
/// <param name="BlockRows">How many neighbouring rows share their zeros; 1 leaves rows to themselves.</param>
/// <param name="Pattern">Semi-structured pattern; null for unstructured sparsity.</param>
public sealed record MaskOptions(Granularity Granularity = Granularity.Row, int BlockRows = 1, NmPattern? Pattern = null)
{
    /// <summary>Whether weights compete within their row, one by one: only then can any number of a row's weights go.</summary>
    internal bool HasFreeRows => Pattern is null && Granularity == Granularity.Row && BlockRows == 1;
}

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

/// <summary>How many weights a plan's ratios come to, where they ask for no whole number.</summary>
public enum SparsityRounding
{
    /// <summary>What each allocation's published code makes of it: they end a little below or above the sparsity that was asked for, each by its own.</summary>
    Published,

    /// <summary>As many weights over all layers as uniform sparsity prunes, whatever the allocation.</summary>
    Equal,
}

/// <summary>How sparse one layer is to become.</summary>
/// <param name="Ratio">Share of the layer's weights that become zero, from 0 to below 1.</param>
public sealed record LayerTarget(double Ratio)
{
    /// <summary>A ratio for each row, from 0 to below 1, in place of one for all; null where rows are alike.</summary>
    public IReadOnlyList<double>? RowRatios { get; init; }

    /// <summary>Which count of a row is rounded down where it has a ratio of its own.</summary>
    public RowRounding RowRounding { get; init; }

    /// <summary>The pattern of this layer, which says itself how many weights go; null for unstructured sparsity.</summary>
    public NmPattern? Pattern { get; init; }
}

/// <summary>What is rounded down where a row's ratio asks for no whole number of weights.</summary>
public enum RowRounding
{
    /// <summary>The number of weights that stay, as in the authors' code of NeuronAl.</summary>
    FloorKept,

    /// <summary>The number of weights that go, as with one ratio for all rows.</summary>
    FloorPruned,
}
