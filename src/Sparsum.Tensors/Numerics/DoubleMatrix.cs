using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Numerics;

/// <summary>
/// A matrix in double precision for sums and factorisations that float32 is too coarse for: row-major native memory, zero at first, with
/// one owner.
/// </summary>
public sealed unsafe class DoubleMatrix : IDisposable
{
    private readonly NativeBuffer buffer;

    /// <summary>A matrix of zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such amount of memory.</exception>
    public DoubleMatrix(int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        (Rows, Columns) = (rows, columns);
        buffer = new NativeBuffer(checked((long)rows * columns * sizeof(double)));
        System.Runtime.InteropServices.NativeMemory.Clear(buffer.Pointer, (nuint)buffer.ByteCount);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The matrix was disposed of.</exception>
    public double* Pointer => (double*)buffer.Pointer;

    /// <summary>One row.</summary>
    public Span<double> Row(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Rows);
        return new Span<double>(Pointer + ((long)index * Columns), Columns);
    }

    /// <summary>
    /// Turns the matrix by 180 degrees: element <c>(i, j)</c> becomes element <c>(Rows-1-i, Columns-1-j)</c>, and what was a lower triangle
    /// is an upper one.
    /// </summary>
    public void Turn()
    {
        double[] kept = new double[Columns];
        for (int upper = 0, lower = Rows - 1; upper <= lower; upper++, lower--)
        {
            Row(upper).CopyTo(kept);
            kept.AsSpan().Reverse();
            Row(lower).Reverse();
            Row(lower).CopyTo(Row(upper));
            kept.CopyTo(Row(lower));
        }
    }

    /// <summary>Copies the elements below the diagonal of a square matrix to above it, so that it becomes symmetric.</summary>
    public void MirrorLower()
    {
        // Squares of 8 KiB or so: both the rows and the columns of one stay in cache.
        const int Side = 32;
        int size = Rows;
        double* values = Pointer;
        for (int top = 0; top < size; top += Side)
        {
            for (int left = 0; left <= top; left += Side)
            {
                for (int i = top; i < Math.Min(size, top + Side); i++)
                {
                    for (int j = left; j < Math.Min(i, left + Side); j++)
                    {
                        values[((long)j * size) + i] = values[((long)i * size) + j];
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => buffer.Dispose();

    /// <inheritdoc/>
    public override string ToString() => $"DoubleMatrix [{Rows}, {Columns}]";
}
