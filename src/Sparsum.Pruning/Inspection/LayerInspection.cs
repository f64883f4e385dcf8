using Sparsum.Pruning.Measures;

namespace Sparsum.Pruning.Inspection;

/// <summary>What one layer looks like as a bipartite graph of input and output neurons.</summary>
/// <param name="Name">Its name in the model, without <c>.weight</c>.</param>
/// <param name="Rows">Output features that are there.</param>
/// <param name="Columns">Input features that are there.</param>
/// <param name="DenseElements">Weights of the layer in the dense model.</param>
/// <param name="Zeros">Exact zeros among those that are there.</param>
/// <param name="NearZeros">Weights that are there with a magnitude below ε; exact zeros are among them.</param>
/// <param name="RowDegrees">Nonzeros per output neuron that is there.</param>
/// <param name="ColumnDegrees">Nonzeros per input neuron that is there.</param>
/// <param name="Connectivity">
/// For each output neuron of the dense model the percentage of its inputs whose weight is not near zero; what was removed has none.
/// </param>
public sealed record LayerInspection(
    string Name,
    int Rows,
    int Columns,
    long DenseElements,
    long Zeros,
    long NearZeros,
    DegreeStatistics RowDegrees,
    DegreeStatistics ColumnDegrees,
    Connectivity Connectivity)
{
    /// <summary>Number of weights that are there.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>Weights that were removed physically.</summary>
    public long Removed => DenseElements - Elements;

    /// <summary>Share of zeros in the dense layer; what was removed counts as zero.</summary>
    public double Sparsity => (double)(Zeros + Removed) / DenseElements;
}
