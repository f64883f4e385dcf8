using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot;

/// <summary>Running sums over the input of one or several layers, in double precision and in an order that no thread count changes.</summary>
internal sealed class InputSums(int columns, StatisticKinds kinds)
{
    private readonly double[] squares = new double[columns];

    /// <summary>What is gathered.</summary>
    public StatisticKinds Kinds => kinds;

    /// <summary>Adds the rows of an input <c>[sequences * tokens, columns]</c>.</summary>
    public void Add(IBackend backend, Tensor input) => backend.AddColumnSquareSums(input, squares);

    /// <summary>The statistics of what was added.</summary>
    public LayerStatistics ToStatistics(int samples) => new(squares, samples);
}
