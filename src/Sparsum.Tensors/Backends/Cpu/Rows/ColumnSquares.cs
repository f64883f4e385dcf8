using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>Sums of squares down the columns of a matrix.</summary>
internal static unsafe class ColumnSquares
{
    /// <summary>
    /// Adds the squares of <paramref name="columns"/> neighbouring columns to their sums, row after row. The square of a float is exact in
    /// double precision, so each sum rounds once per row and depends on nothing but the order of the rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* input, nint stride, nint rows, nint columns, double* sums)
    {
        for (nint row = 0; row < rows; row++)
        {
            float* x = input + (row * stride);
            nint i = 0;
            if (Vector128.IsHardwareAccelerated)
            {
                for (; i <= columns - 8; i += 8)
                {
                    var (lower, upper) = Vector256.Widen(Vector256.Load(x + i));
                    (Vector256.Load(sums + i) + (lower * lower)).Store(sums + i);
                    (Vector256.Load(sums + i + 4) + (upper * upper)).Store(sums + i + 4);
                }
            }

            for (; i < columns; i++)
            {
                sums[i] += (double)x[i] * x[i];
            }
        }
    }
}
