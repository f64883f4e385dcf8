using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>
/// Right-looking Cholesky: factor a diagonal square, multiply what is below it by the inverse of the factor, subtract the product of that
/// column block with itself from the rest.
/// </summary>
internal sealed unsafe class BlockedCholesky<T>(DoubleMatrix matrix, int threads)
    where T : struct, IDoubleVector<T>
{
    /// <summary>
    /// Side of the squares: a multiple of both tile sizes, so that pieces of panels can be packed one by one; a panel of 16 columns by this
    /// depth, and one of 6, fit in a first-level cache together.
    /// </summary>
    internal const int Block = 192;

    private readonly int size = matrix.Rows;
    private readonly double* values = matrix.Pointer;
    private readonly ParallelOptions parallel = new() { MaxDegreeOfParallelism = threads };

    /// <summary>Factors; -1, or the row whose pivot is not positive.</summary>
    public int Factor()
    {
        // Left panels, right panels, and the panels of an inverted square.
        using var left = new NativeBuffer(DoublePanels.Size(size, Block, DoubleTile<T>.Rows) * sizeof(double));
        using var right = new NativeBuffer(DoublePanels.Size(size, Block, DoubleTile<T>.Columns) * sizeof(double));
        using var inverse = new NativeBuffer(2L * Block * Block * sizeof(double));
        for (int start = 0; start < size; start += Block)
        {
            int depth = Math.Min(Block, size - start);
            double* square = values + ((long)start * size) + start;
            int failed = SmallTriangle.Factor(square, size, depth);
            if (failed >= 0)
            {
                return start + failed;
            }

            int below = start + depth;
            if (below < size)
            {
                Solve(square, depth, below, (double*)inverse.Pointer, (double*)left.Pointer, (double*)right.Pointer);
                Update(below, depth, (double*)left.Pointer, (double*)right.Pointer);
            }
        }

        return -1;
    }

    /// <summary>Turns the rows below a factored square into rows of the factor and packs them for the update.</summary>
    private void Solve(double* square, int depth, int below, double* inverse, double* left, double* right)
    {
        double* packed = inverse + (Block * Block);
        new Span<double>(inverse, depth * depth).Clear();
        SmallTriangle.Invert(square, size, depth, inverse, depth);
        DoublePanels.PackRows(inverse, depth, depth, depth, DoubleTile<T>.Columns, packed);
        Parallel.For(0, Pieces(size - below), parallel, piece =>
        {
            int first = below + (piece * Block);
            int rows = Math.Min(Block, size - first);
            double* target = values + ((long)first * size) + (below - depth);
            double* panels = left + ((long)piece * Block * depth);
            DoublePanels.PackRows(target, size, rows, depth, DoubleTile<T>.Rows, panels);
            Multiply(panels, packed, 1, target, rows, depth, depth, isDiagonal: false, accumulate: false);
            DoublePanels.PackRows(target, size, rows, depth, DoubleTile<T>.Rows, panels);
            DoublePanels.PackRows(target, size, rows, depth, DoubleTile<T>.Columns, right + ((long)piece * Block * depth));
        });
    }

    /// <summary>Subtracts the product of the packed rows with themselves from the lower triangle that is left.</summary>
    private void Update(int below, int depth, double* left, double* right)
    {
        int side = Pieces(size - below);
        Parallel.For(0, side * (side + 1) / 2, parallel, piece =>
        {
            // Pieces are numbered row by row along the triangle.
            int row = (int)((Math.Sqrt((8.0 * piece) + 1) - 1) / 2);
            int column = piece - (row * (row + 1) / 2);
            int top = below + (row * Block);
            int first = below + (column * Block);
            Multiply(
                left + ((long)row * Block * depth),
                right + ((long)column * Block * depth),
                -1,
                values + ((long)top * size) + first,
                Math.Min(Block, size - top),
                Math.Min(Block, size - first),
                depth,
                isDiagonal: row == column,
                accumulate: true);
        });
    }

    private void Multiply(
        double* left, double* right, double factor, double* target, int rows, int columns, int depth, bool isDiagonal, bool accumulate)
    {
        for (int j = 0; j < columns; j += DoubleTile<T>.Columns)
        {
            for (int i = 0; i < rows; i += DoubleTile<T>.Rows)
            {
                // On the diagonal only what lies in the lower triangle is wanted.
                int wanted = isDiagonal ? i - j + 1 : columns - j;
                if (wanted + DoubleTile<T>.Rows > 1)
                {
                    DoubleTile<T>.Multiply(
                        depth,
                        left + ((long)i * depth),
                        right + ((long)j * depth),
                        factor,
                        target + ((long)i * size) + j,
                        size,
                        Math.Min(DoubleTile<T>.Rows, rows - i),
                        wanted,
                        isDiagonal ? 1 : 0,
                        accumulate);
                }
            }
        }
    }

    private static int Pieces(int rows) => (rows + Block - 1) / Block;
}
