using System.Runtime.CompilerServices;
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
}
