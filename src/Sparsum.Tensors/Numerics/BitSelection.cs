namespace Sparsum.Tensors.Numerics;

/// <summary>The two ways to the k-th smallest of unsigned integers.</summary>
internal static class BitSelection
{
    /// <summary>
    /// Halves <paramref name="range"/> by counting until one value is left: at most 31 passes for floats, each over data in cache.
    /// </summary>
    public static uint Bisect(ReadOnlySpan<uint> bits, int k, (uint Smallest, uint Largest) range)
    {
        var (low, high) = range;
        while (low < high)
        {
            uint middle = low + ((high - low) / 2);
            if (BitCounting.CountUpTo(bits, middle) > k)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    /// <summary>
    /// Counts the values by their upper half, then those of the half that holds the k-th by their lower half: two passes in any case.
    /// </summary>
    public static uint FromHistogram(ReadOnlySpan<uint> bits, int k)
    {
        var counts = new int[1 << 16];
        foreach (uint value in bits)
        {
            counts[value >> 16]++;
        }

        uint upper = FindBucket(counts, ref k);
        Array.Clear(counts);
        foreach (uint value in bits)
        {
            if (value >> 16 == upper)
            {
                counts[value & 0xFFFF]++;
            }
        }

        return (upper << 16) | FindBucket(counts, ref k);
    }

    /// <summary>The bucket that holds the k-th value; <paramref name="k"/> becomes its rank within the bucket.</summary>
    private static uint FindBucket(int[] counts, ref int k)
    {
        uint bucket = 0;
        while (k >= counts[bucket])
        {
            k -= counts[bucket++];
        }

        return bucket;
    }
}
