namespace Sparsum.Pruning.Inspection;

/// <summary>What one layer looks like as a bipartite graph of input and output neurons.</summary>
/// <param name="Name">Its name in the model, without <c>.weight</c>.</param>
/// <param name="Rows">Output features.</param>
/// <param name="Columns">Input features.</param>
/// <param name="Zeros">Exact zeros.</param>
/// <param name="RowDegrees">Nonzeros per output neuron.</param>
/// <param name="ColumnDegrees">Nonzeros per input neuron.</param>
public sealed record LayerInspection(
    string Name, int Rows, int Columns, long Zeros, DegreeStatistics RowDegrees, DegreeStatistics ColumnDegrees)
{
    /// <summary>Number of weights.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>Share of zeros.</summary>
    public double Sparsity => (double)Zeros / Elements;
}
