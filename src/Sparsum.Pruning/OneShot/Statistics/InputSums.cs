using System.Numerics.Tensors;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Statistics;

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

    /// <summary>Adds the sums of the other processes.</summary>
    public void Sum(ProcessGroup group)
    {
        tokens = group.Sum(tokens);
        group.Sum<double>(squares);
        moments?.Sum(group);
        if (gram is not null)
        {
            group.Sum(gram.Rows, row => gram.Row(row)[..(row + 1)]);
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

/// <summary>Sums of each input feature, and its variance within every sequence.</summary>
/// <param name="columns">Input features.</param>
internal sealed class MomentSums(int columns)
{
    private readonly double[] sums = new double[columns];
    private readonly double[] variances = new double[columns];
    private readonly double[] sum = new double[columns];
    private readonly double[] squares = new double[columns];
    private long tokens;

    /// <summary>Adds sequences of these lengths, one after the other, <c>[tokens, columns]</c>.</summary>
    public void Add(IBackend backend, Tensor input, IReadOnlyList<int> lengths)
    {
        if (lengths.Sum() != input.RowCount)
        {
            throw new ArgumentException($"{input} does not hold sequences of {lengths.Sum()} tokens.", nameof(lengths));
        }

        tokens += input.RowCount;
        int first = 0;
        foreach (int length in lengths)
        {
            if (length == 0)
            {
                continue;
            }

            var sequence = input.Rows(first, length);
            first += length;
            Array.Clear(sum);
            Array.Clear(squares);
            backend.AddColumnSums(sequence, sum);
            backend.AddColumnSquareSums(sequence, squares);
            for (int c = 0; c < sums.Length; c++)
            {
                sums[c] += sum[c];
                double mean = sum[c] / length;
                variances[c] += Math.Max(0, squares[c] - (mean * sum[c]));
            }
        }
    }

    /// <summary>Adds the sums of the other processes.</summary>
    public void Sum(ProcessGroup group)
    {
        tokens = group.Sum(tokens);
        group.Sum<double>(sums);
        group.Sum<double>(variances);
    }

    /// <summary>Sums averaged over sequences, variances over tokens, so that a long sequence counts for more.</summary>
    public InputMoments ToMoments(int samples) => new([.. sums.Select(value => value / samples)], [.. variances.Select(value => value / Math.Max(1, tokens))]);
}
