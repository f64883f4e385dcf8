
namespace Sparsum.Pruning.OneShot.Masks;

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
