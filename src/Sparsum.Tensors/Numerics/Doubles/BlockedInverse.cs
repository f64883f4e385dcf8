using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>
/// The inverse <c>M</c> of a lower triangle <c>L</c> in its place, a row of squares after the other: <c>M_II = L_II⁻¹</c> and
/// <c>M_IJ = -M_II · Σ_{J≤K&lt;I} L_IK · M_KJ</c>.
/// </summary>
internal sealed unsafe class BlockedInverse<T>(DoubleMatrix matrix, int threads)
    where T : struct, IDoubleVector<T>
{
    private const int Block = BlockedCholesky<T>.Block;

    private readonly int size = matrix.Rows;
    private readonly double* values = matrix.Pointer;
    private readonly ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads };

    /// <summary>Inverts.</summary>
    public void Invert()
    {
        using var left = new NativeBuffer((long)Block * (size + Block) * sizeof(double));
        using var inverse = new NativeBuffer(2L * Block * Block * sizeof(double));
        double* square = (double*)inverse.Pointer;
        double* packed = square + (Block * Block);
        for (int start = 0; start < size; start += Block)
        {
            int rows = Math.Min(Block, size - start);
            double* row = values + ((long)start * size);
            new Span<double>(square, rows * rows).Clear();
            SmallTriangle.Invert(row + start, size, rows, square, rows);
            DoublePanels.PackRows(square, rows, rows, rows, DoubleTile<T>.Rows, packed);
            double* panels = (double*)left.Pointer;
            for (int first = 0; first < start; first += Block)
            {
                DoublePanels.PackRows(row + first, size, rows, Block, DoubleTile<T>.Rows, panels + ((long)first * Block));
            }

            Parallel.For(0, start / Block, parallel, () => new NativeBuffer(2L * Block * Block * sizeof(double)), (column, _, scratch) =>
            {
                Fill(start, rows, column * Block, panels, packed, (double*)scratch.Pointer);
                return scratch;
            }, scratch => scratch.Dispose());
            for (int i = 0; i < rows; i++)
            {
                new ReadOnlySpan<double>(square + ((long)i * rows), i + 1).CopyTo(new Span<double>(row + ((long)i * size) + start, i + 1));
            }
        }
    }

    /// <summary>One square of the inverse below its diagonal.</summary>
    private void Fill(int start, int rows, int first, double* left, double* inverse, double* scratch)
    {
        double* sum = scratch;
        double* right = scratch + (Block * Block);
        for (int depth = first; depth < start; depth += Block)
        {
            double* square = values + ((long)depth * size) + first;
            DoublePanels.PackColumns(square, size, Block, Block, DoubleTile<T>.Columns, isLower: depth == first, right);
            Multiply(left + ((long)depth * Block), right, Block, 1, sum, Block, rows, accumulate: depth > first);
        }

        DoublePanels.PackColumns(sum, Block, Block, rows, DoubleTile<T>.Columns, isLower: false, right);
        Multiply(inverse, right, rows, -1, values + ((long)start * size) + first, size, rows, accumulate: false);
    }

    private static void Multiply(
        double* left, double* right, int depth, double factor, double* target, nint stride, int rows, bool accumulate)
    {
        for (int j = 0; j < Block; j += DoubleTile<T>.Columns)
        {
            for (int i = 0; i < rows; i += DoubleTile<T>.Rows)
            {
                DoubleTile<T>.Multiply(
                    depth,
                    left + ((long)i * depth),
                    right + ((long)j * depth),
                    factor,
                    target + (i * stride) + j,
                    stride,
                    Math.Min(DoubleTile<T>.Rows, rows - i),
                    Block - j,
                    0,
                    accumulate);
            }
        }
    }
}
