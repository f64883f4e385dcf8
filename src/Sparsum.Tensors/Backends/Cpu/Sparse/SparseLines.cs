using System.Numerics;

namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>Reads weights line by line: which columns of some neighbouring rows have any nonzero. NaN is one.</summary>
internal static unsafe class SparseLines
{
    private const uint Magnitude = 0x7FFF_FFFF;

    /// <summary>How many columns have a nonzero, summed over the lines of <paramref name="lineRows"/> rows each.</summary>
    public static long CountUsed(Tensor weight, int firstRow, int rows, int lineRows)
    {
        long used = 0;
        for (int row = firstRow; row < firstRow + rows; row += lineRows)
        {
            used += weight.Columns - CountUnused((uint*)weight.Pointer + ((long)row * weight.Columns), weight.Columns, lineRows);
        }

        return used;
    }

    /// <summary>
    /// Copies what is used of some columns of a row.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="start">The first column.</param>
    /// <param name="end">The column behind the last one.</param>
    /// <param name="offsets">Room for the columns, in bytes, and one more.</param>
    /// <param name="values">Room for the values and one more.</param>
    /// <returns>How many there are.</returns>
    public static int Gather(float* row, int start, int end, Span<uint> offsets, Span<float> values)
    {
        // Written whether needed or not, because nothing could foretell the branches of scattered zeros.
        int next = 0;
        for (int column = start; column < end; column++)
        {
            offsets[next] = (uint)column * sizeof(float);
            values[next] = row[column];
            next += row[column] == 0 ? 0 : 1;
        }

        return next;
    }

    /// <summary>Whether a column has a nonzero in any of some rows.</summary>
    public static bool IsUsed(float* value, int rows, nint stride)
    {
        for (int row = 0; row < rows; row++)
        {
            if (value[row * stride] != 0)
            {
                return true;
            }
        }

        return false;
    }

    private static int CountUnused(uint* first, int columns, int rows)
    {
        int column = 0;
        var counts = Vector<uint>.Zero;
        for (; column <= columns - Vector<uint>.Count; column += Vector<uint>.Count)
        {
            var bits = Vector<uint>.Zero;
            for (int row = 0; row < rows; row++)
            {
                bits |= Vector.Load(first + ((long)row * columns) + column);
            }

            counts -= Vector.Equals(bits & new Vector<uint>(Magnitude), Vector<uint>.Zero);
        }

        int count = (int)Vector.Sum(counts);
        for (; column < columns; column++)
        {
            count += IsUsed((float*)first + column, rows, columns) ? 0 : 1;
        }

        return count;
    }
}
