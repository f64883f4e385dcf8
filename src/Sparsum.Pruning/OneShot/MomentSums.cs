using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot;

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

    /// <summary>Sums averaged over sequences, variances over tokens, so that a long sequence counts for more.</summary>
    public InputMoments ToMoments(int samples) => new([.. sums.Select(value => value / samples)], [.. variances.Select(value => value / Math.Max(1, tokens))]);
}
