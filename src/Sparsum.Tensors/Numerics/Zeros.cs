using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Numerics;

/// <summary>
/// The one place that counts zeros. Zero is zero of either sign; near zero is a magnitude strictly below a limit, so that the smallest float
/// as the limit leaves exact zeros alone. NaN is neither.
/// </summary>
public static class Zeros
{
    /// <summary>The limit below which there is nothing but zero.</summary>
    public const float Exact = float.Epsilon;

    /// <summary>Exact zeros.</summary>
    public static int Count(ReadOnlySpan<float> values)
    {
        const uint NegativeZero = 0x8000_0000;
        var bits = MemoryMarshal.Cast<float, uint>(values);
        return bits.Count(0u) + bits.Count(NegativeZero);
    }

    /// <summary>Exact zeros of a matrix.</summary>
    public static long Count(Tensor weight)
    {
        long count = 0;
        for (int row = 0; row < weight.RowCount; row++)
        {
            count += Count(weight.Row(row));
        }

        return count;
    }

    /// <summary>Magnitudes strictly below a limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CountBelow(ReadOnlySpan<float> values, float limit)
    {
        var limits = new Vector<float>(limit);
        var counts = Vector<int>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            counts -= Vector.LessThan(Vector.Abs(new Vector<float>(values[i..])), limits);
        }

        int count = Vector.Sum(counts);
        for (; i < values.Length; i++)
        {
            count += Math.Abs(values[i]) < limit ? 1 : 0;
        }

        return count;
    }

    /// <summary>Magnitudes of a matrix strictly below a limit.</summary>
    public static long CountBelow(Tensor weight, float limit)
    {
        long count = 0;
        for (int row = 0; row < weight.RowCount; row++)
        {
            count += CountBelow(weight.Row(row), limit);
        }

        return count;
    }

    /// <summary>How many weights of each row and of each column, or of a part of them, are not below a limit.</summary>
    /// <param name="weight">The whole matrix.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="rows">Rows of the part; null means all.</param>
    /// <param name="columns">Columns of the part; null means all.</param>
    /// <returns>For each row and each column of the whole matrix what of the part is in it.</returns>
    public static (int[] Rows, int[] Columns) Degrees(
        Tensor weight, float limit = Exact, IReadOnlyList<int>? rows = null, IReadOnlyList<int>? columns = null)
    {
        int[] ofRows = new int[weight.RowCount];
        int[] ofColumns = new int[weight.Columns];
        int[] chosen = [.. columns ?? [.. Enumerable.Range(0, weight.Columns)]];
        foreach (int r in rows ?? [.. Enumerable.Range(0, weight.RowCount)])
        {
            var row = weight.Row(r);
            int degree = 0;
            foreach (int c in chosen)
            {
                int live = Math.Abs(row[c]) < limit ? 0 : 1;
                ofColumns[c] += live;
                degree += live;
            }

            ofRows[r] = degree;
        }

        return (ofRows, ofColumns);
    }
}
