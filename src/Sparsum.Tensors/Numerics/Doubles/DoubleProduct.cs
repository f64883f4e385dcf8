using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>
/// Matrix products in double precision, in squares that stay in a second-level cache. Each element is summed in the order of the depths,
/// so the bits do not depend on the number of threads.
/// </summary>
internal static unsafe class DoubleProduct<T>
    where T : struct, IDoubleVector<T>
{
    private const int Block = BlockedCholesky<T>.Block;

    /// <summary><c>C += factor · A·B</c>.</summary>
    /// <param name="left">A, whose lanes are rows of C.</param>
    /// <param name="right">B, whose lanes are columns of C.</param>
    /// <param name="factor">Multiplies the product.</param>
    /// <param name="target">The first element of C.</param>
    /// <param name="stride">Doubles from one row of C to the next.</param>
    /// <param name="rows">Rows of C.</param>
    /// <param name="columns">Columns of C.</param>
    /// <param name="depth">Length of the sums.</param>
    /// <param name="lowerOnly">Whether squares that lie above the diagonal are left as they are.</param>
    /// <param name="threads">Most threads to use.</param>
    public static void Add(
        DoubleOperand left, DoubleOperand right, double factor, double* target, nint stride, int rows, int columns, int depth, bool lowerOnly, int threads)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads };
        int rowPieces = (rows + Block - 1) / Block;
        int columnPieces = (columns + Block - 1) / Block;
        long panelSize = DoublePanels.Size(Block, Block, DoubleTile<T>.Rows);
        using var packedLeft = new NativeBuffer(rowPieces * panelSize * sizeof(double));
        double* leftPanels = (double*)packedLeft.Pointer;
        for (int start = 0; start < depth; start += Block)
        {
            int first = start;
            int depths = Math.Min(Block, depth - start);
            Parallel.For(0, rowPieces, parallel, piece => left.Pack(
                piece * Block, Math.Min(Block, rows - (piece * Block)), first, depths, DoubleTile<T>.Rows, leftPanels + (piece * panelSize)));
            Parallel.For(
                0,
                columnPieces,
                parallel,
                () => new NativeBuffer(DoublePanels.Size(Block, Block, DoubleTile<T>.Columns) * sizeof(double)),
                (piece, _, scratch) =>
                {
                    double* panels = (double*)scratch.Pointer;
                    int column = piece * Block;
                    int width = Math.Min(Block, columns - column);
                    right.Pack(column, width, first, depths, DoubleTile<T>.Columns, panels);
                    for (int rowPiece = lowerOnly ? piece : 0; rowPiece < rowPieces; rowPiece++)
                    {
                        int row = rowPiece * Block;
                        Multiply(
                            leftPanels + (rowPiece * panelSize), panels, factor, target + (row * stride) + column, stride, Math.Min(Block, rows - row), width, depths);
                    }

                    return scratch;
                },
                scratch => scratch.Dispose());
        }
    }

    private static void Multiply(double* left, double* right, double factor, double* target, nint stride, int rows, int columns, int depth)
    {
        for (int j = 0; j < columns; j += DoubleTile<T>.Columns)
        {
            for (int i = 0; i < rows; i += DoubleTile<T>.Rows)
            {
                DoubleTile<T>.Multiply(
                    depth,
                    left + ((nint)i * depth),
                    right + ((nint)j * depth),
                    factor,
                    target + (i * stride) + j,
                    stride,
                    Math.Min(DoubleTile<T>.Rows, rows - i),
                    columns - j,
                    0,
                    accumulate: true);
            }
        }
    }
}
