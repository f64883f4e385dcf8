using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>Sums down the columns of a matrix.</summary>
internal static unsafe class ColumnSums
{
    /// <summary>Adds one row to the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<T>(float* row, float* sums, nint columns)
        where T : struct, IVector<T>
    {
        nint i = 0;
        for (; i <= columns - T.Count; i += T.Count)
        {
            (T.Load(sums + i) + T.Load(row + i)).Store(sums + i);
        }

        for (; i < columns; i++)
        {
            sums[i] += row[i];
        }
    }

    /// <summary>Adds <paramref name="columns"/> neighbouring columns to their sums in double precision, row after row.</summary>
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
                    (Vector256.Load(sums + i) + lower).Store(sums + i);
                    (Vector256.Load(sums + i + 4) + upper).Store(sums + i + 4);
                }
            }

            for (; i < columns; i++)
            {
                sums[i] += x[i];
            }
        }
    }
}
