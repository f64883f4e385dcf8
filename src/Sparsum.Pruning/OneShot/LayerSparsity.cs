namespace Sparsum.Pruning.OneShot;

/// <summary>What is left of one layer.</summary>
/// <param name="Name">Its name in the model, without <c>.weight</c>.</param>
/// <param name="Rows">Output features.</param>
/// <param name="Columns">Input features.</param>
/// <param name="Zeros">Exact zeros, those from before the run included.</param>
public sealed record LayerSparsity(string Name, int Rows, int Columns, long Zeros)
{
    /// <summary>Number of weights.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>Share of zeros.</summary>
    public double Sparsity => (double)Zeros / Elements;
}
