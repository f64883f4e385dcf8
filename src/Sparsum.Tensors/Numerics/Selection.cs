using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Numerics;

/// <summary>
/// Exact selection among non-negative floats, as pruning by score needs it. Such floats order as their bits do, so no sort is needed:
/// rows are bisected on their bits, large arrays go through a histogram of them. The values are never changed.
/// </summary>
public static class Selection
{
    /// <summary>Up to here the values stay in a core's cache, where 31 vectorised passes are quicker than two scattered ones.</summary>
    private const int LargestBisected = 1 << 16;

    /// <summary>The value at index <paramref name="k"/> of the ascending sort.</summary>
    /// <param name="values">Non-negative numbers, infinity included; negative zero counts as zero.</param>
    /// <param name="k">Zero-based.</param>
    /// <exception cref="ArgumentException">A value is NaN or negative.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="k"/> is no index of <paramref name="values"/>.</exception>
    public static float KthSmallest(ReadOnlySpan<float> values, int k)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(k);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(k, values.Length);
        return BitConverter.UInt32BitsToSingle(KthSmallest(OrderedBits(values, out var range), k, range));
    }

    /// <summary>
    /// Marks the <paramref name="count"/> smallest values and unmarks all others; among equal values the lower index is marked first.
    /// </summary>
    /// <param name="values">Non-negative numbers, infinity included; negative zero counts as zero.</param>
    /// <param name="count">How many to mark, from 0 to the number of values.</param>
    /// <param name="marks">Receives one mark per value.</param>
    /// <exception cref="ArgumentException">A value is NaN or negative, or there are not as many marks as values.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative or above the number of values.</exception>
    public static void MarkSmallest(ReadOnlySpan<float> values, int count, Span<bool> marks)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, values.Length);
        if (marks.Length != values.Length)
        {
            throw new ArgumentException($"{values.Length} values need as many marks, not {marks.Length}.", nameof(marks));
        }

        var bits = OrderedBits(values, out var range);
        if (count == 0)
        {
            marks.Clear();
            return;
        }

        uint threshold = KthSmallest(bits, count - 1, range);
        int below = BitCounting.MarkBelow(bits, threshold, marks);
        for (int ties = count - below, start = 0; ties > 0; ties--)
        {
            start += bits[start..].IndexOf(threshold);
            marks[start++] = true;
        }
    }

    private static uint KthSmallest(ReadOnlySpan<uint> bits, int k, (uint Smallest, uint Largest) range) =>
        bits.Length <= LargestBisected ? BitSelection.Bisect(bits, k, range) : BitSelection.FromHistogram(bits, k);

    /// <summary>The values as bits that order as the values do, and their range.</summary>
    private static ReadOnlySpan<uint> OrderedBits(ReadOnlySpan<float> values, out (uint Smallest, uint Largest) range)
    {
        const uint Infinity = 0x7F80_0000;
        var bits = MemoryMarshal.Cast<float, uint>(values);
        range = BitCounting.Range(bits);
        if (values.IsEmpty || range.Largest <= Infinity)
        {
            return bits;
        }

        // The sign bit is somewhere: refuse what has no place in the order and write negative zeros as zeros.
        var copy = values.ToArray();
        for (int i = 0; i < copy.Length; i++)
        {
            if (!(copy[i] >= 0))
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"Value {i} is {copy[i]}: selection is defined for numbers from 0 on."), nameof(values));
            }

            copy[i] = Math.Abs(copy[i]);
        }

        bits = MemoryMarshal.Cast<float, uint>(copy);
        range = BitCounting.Range(bits);
        return bits;
    }
}
