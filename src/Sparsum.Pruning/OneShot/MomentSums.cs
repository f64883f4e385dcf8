using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot;

/// <summary>Sums of each input feature, and its variance within every sequence.</summary>
/// <param name="columns">Input features.</param>
/// <param name="sequenceLength">Tokens of a sequence.</param>
internal sealed class MomentSums(int columns, int sequenceLength)
{
    private readonly double[] sums = new double[columns];
    private readonly double[] variances = new double[columns];
    private readonly double[] sum = new double[columns];
    private readonly double[] squares = new double[columns];

    /// <summary>Adds whole sequences <c>[sequences * sequenceLength, columns]</c>.</summary>
    public void Add(IBackend backend, Tensor input)
    {
        if (input.RowCount % sequenceLength != 0)
        {
            throw new ArgumentException($"{input} does not hold whole sequences of {sequenceLength} tokens.", nameof(input));
        }

        for (int first = 0; first < input.RowCount; first += sequenceLength)
        {
            var sequence = input.Rows(first, sequenceLength);
            Array.Clear(sum);
            Array.Clear(squares);
            backend.AddColumnSums(sequence, sum);
            backend.AddColumnSquareSums(sequence, squares);
            for (int c = 0; c < sums.Length; c++)
            {
                sums[c] += sum[c];
                double mean = sum[c] / sequenceLength;
                variances[c] += Math.Max(0, (squares[c] / sequenceLength) - (mean * mean));
            }
        }
    }

    /// <summary>The averages over sequences.</summary>
    public InputMoments ToMoments(int samples) => new([.. sums.Select(value => value / samples)], [.. variances.Select(value => value / samples)]);
}
