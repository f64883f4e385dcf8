using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Statistics;

/// <summary>How the rows of an observed input fall into sequences.</summary>
internal static class SequenceLengths
{
    /// <summary>As many rows for each; one sequence where their number is not known.</summary>
    /// <exception cref="ArgumentException">The rows do not divide evenly.</exception>
    public static IReadOnlyList<int> Equal(Tensor input, int sequences)
    {
        if (sequences < 1)
        {
            return [];
        }

        return input.RowCount % sequences == 0
            ? [.. Enumerable.Repeat(input.RowCount / sequences, sequences)]
            : throw new ArgumentException($"{input} does not hold {sequences} sequences of one length.", nameof(sequences));
    }
}
