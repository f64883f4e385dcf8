using System.Numerics.Tensors;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>
/// Reduces a symmetric band to three diagonals (Bischof, Lang and Sun 2000, second stage): each sweep clears a column with a reflection and
/// chases the bulge that this makes along the band, square by square. The squares stay in a first-level cache.
/// </summary>
internal sealed unsafe class BandTridiagonalization : IDisposable
{
    private readonly int size;
    private readonly int width;
    private readonly int stride;
    private readonly NativeBuffer buffer;
    private readonly double* band;
    private readonly double[] product;
    private readonly double[] column;

    private BandTridiagonalization(DoubleMatrix matrix, int width)
    {
        size = matrix.Rows;
        this.width = width;

        // Row i keeps the columns from i - (2·width - 1) to i, as much as a bulge reaches. With one double less from row to row than a row
        // has, element (i, j) lies at i·stride + j, as in a matrix.
        stride = (2 * width) - 1;
        long count = ((long)size * 2 * width) + (2 * width);
        buffer = new NativeBuffer(count * sizeof(double));
        System.Runtime.InteropServices.NativeMemory.Clear(buffer.Pointer, (nuint)buffer.ByteCount);
        band = (double*)buffer.Pointer + stride;
        product = new double[width];
        column = new double[width];
        for (int i = 0; i < size; i++)
        {
            int first = Math.Max(0, i - width);
            matrix.Row(i)[first..(i + 1)].CopyTo(Row(i, first, i + 1 - first));
        }
    }

    /// <summary>Gives the main diagonal and, from index 1 on, the one below it.</summary>
    /// <param name="matrix">The band is in the lower triangle.</param>
    /// <param name="width">Diagonals below the main one, from 1 on.</param>
    public static (double[] Diagonal, double[] Lower) Reduce(DoubleMatrix matrix, int width)
    {
        using var reduction = new BandTridiagonalization(matrix, width);
        for (int column = 0; width > 1 && column < matrix.Rows - 2; column++)
        {
            reduction.Sweep(column);
        }

        double[] diagonal = new double[matrix.Rows];
        double[] lower = new double[matrix.Rows];
        for (int i = 0; i < matrix.Rows; i++)
        {
            diagonal[i] = reduction.Row(i, i, 1)[0];
            lower[i] = i == 0 ? 0 : reduction.Row(i, i - 1, 1)[0];
        }

        return (diagonal, lower);
    }

    /// <inheritdoc/>
    public void Dispose() => buffer.Dispose();

    private void Sweep(int cleared)
    {
        int start = cleared + 1;
        int count = Math.Min(width, size - start);
        Span<double> v = stackalloc double[width];
        double tau = MakeFromColumn(start, count, cleared, v);
        while (true)
        {
            ReflectSquare(start, count, v[..count], tau);
            int below = start + count;
            int next = Math.Min(width, size - below);
            if (next <= 0)
            {
                return;
            }

            for (int i = below; i < below + next; i++)
            {
                Householder.Apply(v[..count], tau, Row(i, start, count));
            }

            tau = MakeFromColumn(below, next, start, v);
            ReflectRows(below, next, start + 1, count - 1, v[..next], tau);
            (start, count) = (below, next);
        }
    }

    /// <summary>Makes the reflection that clears a part of a column below its first element, and clears it.</summary>
    private double MakeFromColumn(int start, int count, int cleared, Span<double> v)
    {
        for (int i = 0; i < count; i++)
        {
            v[i] = Row(start + i, cleared, 1)[0];
        }

        double tau = Householder.Make(v[..count], out double beta);
        for (int i = 0; i < count; i++)
        {
            Row(start + i, cleared, 1)[0] = i == 0 ? beta : 0;
        }

        return tau;
    }

    /// <summary><c>D := H·D·H</c> for a square on the diagonal, of which the lower triangle is kept.</summary>
    private void ReflectSquare(int start, int count, ReadOnlySpan<double> v, double tau)
    {
        var p = product.AsSpan(0, count);
        p.Clear();
        for (int i = 0; i < count; i++)
        {
            var row = Row(start + i, start, i + 1);
            p[i] += TensorPrimitives.Dot(row, v[..(i + 1)]);
            Householder.AddScaled(row[..i], v[i], p[..i]);
        }

        TensorPrimitives.Multiply(p, tau, p);
        Householder.AddScaled(v, -0.5 * tau * TensorPrimitives.Dot(p, v), p);
        for (int i = 0; i < count; i++)
        {
            var row = Row(start + i, start, i + 1);
            Householder.AddScaled(p[..(i + 1)], -v[i], row);
            Householder.AddScaled(v[..(i + 1)], -p[i], row);
        }
    }

    /// <summary>Applies a reflection to rows from the left.</summary>
    private void ReflectRows(int top, int rows, int left, int columns, ReadOnlySpan<double> v, double tau)
    {
        var sums = column.AsSpan(0, columns);
        sums.Clear();
        for (int i = 0; i < rows; i++)
        {
            Householder.AddScaled(Row(top + i, left, columns), v[i], sums);
        }

        for (int i = 0; i < rows; i++)
        {
            Householder.AddScaled(sums, -tau * v[i], Row(top + i, left, columns));
        }
    }

    private Span<double> Row(int row, int first, int count) => new(band + ((long)row * stride) + first, count);
}
