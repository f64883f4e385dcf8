using Sparsum.Transformers.Models;

namespace Sparsum.Training.Data;

/// <summary>Shuffles that a seed determines.</summary>
public static class SeededShuffle
{
    /// <summary>The numbers from 0 to below <paramref name="count"/> in an order that belongs to the seed.</summary>
    public static int[] Indices(int count, ulong seed)
    {
        int[] indices = [.. Enumerable.Range(0, count)];
        Run(indices, new Pcg32(seed));
        return indices;
    }

    /// <summary>The shuffle of Fisher and Yates, from the back.</summary>
    internal static void Run<T>(Span<T> items, Pcg32 random)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = (int)(((ulong)random.NextUInt32() * (ulong)(last + 1)) >> 32);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
