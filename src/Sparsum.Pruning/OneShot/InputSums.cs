using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot;

/// <summary>Running sums over the input of one or several layers, in double precision and in an order that no thread count changes.</summary>
/// <param name="backend">What computes.</param>
/// <param name="layer">The first of the layers.</param>
/// <param name="kinds">What is gathered; square sums always are.</param>
internal sealed class InputSums(IBackend backend, Linear layer, StatisticKinds kinds) : IDisposable
{
    private readonly double[] squares = new double[layer.InputSize];

    private readonly MomentSums? moments = kinds.HasFlag(StatisticKinds.Moments) ? new MomentSums(layer.InputSize) : null;

    private readonly DoubleMatrix? gram =
        kinds.HasFlag(StatisticKinds.Hessian) ? new DoubleMatrix(layer.InputSize, layer.InputSize) : null;

    private long tokens;

    /// <summary>Adds the rows of an input, sequence after sequence; only moments need to know how many belong to each.</summary>
    public void Add(Tensor input, IReadOnlyList<int> lengths)
    {
        tokens += input.RowCount;
        backend.AddColumnSquareSums(input, squares);
        moments?.Add(backend, input, lengths);
        if (gram is not null)
        {
            backend.AddGram(input, gram);
        }
    }

    /// <summary>The statistics of what was added; nothing may be added afterwards.</summary>
    public LayerStatistics ToStatistics(int samples) => new(squares, samples)
    {
        Tokens = tokens,
        IsUnseen = tokens == 0,
        Moments = moments?.ToMoments(samples),
        Hessian = gram is null ? null : ToHessian(gram, samples),
    };

    /// <inheritdoc/>
    public void Dispose() => gram?.Dispose();

    private InputHessian ToHessian(DoubleMatrix sums, int samples)
    {
        for (int row = 0; row < sums.Rows; row++)
        {
            var lower = sums.Row(row)[..(row + 1)];
            TensorPrimitives.Multiply(lower, 2.0 / samples, lower);
        }

        return new InputHessian(sums, layer.Name, tokens, backend.Threads);
    }
}
