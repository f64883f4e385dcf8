using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>The inner loops of a product: packing a share of B, and multiplying one block of rows with the panels of a pass.</summary>
internal static unsafe class GemmLoops
{
    private const int PanelsPerPiece = 4;

    /// <summary>Number of pieces in which the panels of a pass are packed ahead.</summary>
    public static int PackingPieces(in GemmProblem problem, in GemmPass pass) =>
        GemmPass.CeilingDivide(pass.Columns, PanelsPerPiece * problem.Kernel.Columns);

    /// <summary>Packs one of these pieces.</summary>
    public static void PackAhead(in GemmProblem problem, in GemmPass pass, int piece) =>
        Pack(problem, pass, piece * PanelsPerPiece, PanelsPerPiece, pass.Panels + (piece * PanelsPerPiece * pass.PanelStride));

    private static void Pack(in GemmProblem problem, in GemmPass pass, int firstPanel, int panels, float* target)
    {
        int width = problem.Kernel.Columns;
        int first = firstPanel * width;
        int lanes = Math.Min(panels * width, pass.Columns - first);
        problem.Kernel.PackColumns(problem.B, pass.FirstColumn + first, lanes, pass.FirstDepth, pass.Depth, target);
    }

    /// <summary>
    /// Computes one piece of a pass: one row block times one chunk of the columns. The packed rows stay in the scratch, so the next chunk
    /// of the same rows on the same thread finds them there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPiece(in GemmProblem problem, in GemmPass pass, int piece, GemmScratch scratch)
    {
        var kernel = problem.Kernel;
        int block = piece / pass.ColumnChunks;
        var (firstRow, rows) = Share(problem.Rows, kernel.Rows, block, pass.RowBlocks);
        var (firstColumn, columns) = Share(pass.Columns, kernel.Columns, piece % pass.ColumnChunks, pass.ColumnChunks);
        int paddedRows = GemmPass.CeilingDivide(rows, kernel.Rows) * kernel.Rows;
        float* left = scratch.Left(block, (long)paddedRows * pass.PackedDepth, out bool isHeld);
        if (!isHeld)
        {
            kernel.PackRows(problem.A, firstRow, rows, pass.FirstDepth, pass.Depth, left);
        }

        float* right = pass.PacksOnDemand ? scratch.Right(pass.PanelStride) : null;
        bool accumulate = problem.Accumulate || pass.FirstDepth > 0;
        bool finish = pass.IsLastDepth && problem.HasEpilogue;
        kernel.Enter();
        for (int column = firstColumn; column < firstColumn + columns; column += kernel.Columns)
        {
            int number = column / kernel.Columns;
            float* panel = right;
            if (right is null)
            {
                panel = pass.Panels + (number * pass.PanelStride);
            }
            else
            {
                Pack(problem, pass, number, 1, right);
            }

            float* target = problem.C + (firstRow * problem.CStride) + pass.FirstColumn + column;
            int width = problem.HasRoom ? kernel.Columns : Math.Min(kernel.Columns, pass.Columns - column);
            for (int row = 0; row < rows; row += kernel.Rows)
            {
                float* a = left + ((nint)row * pass.PackedDepth);
                float* c = target + (row * problem.CStride);
                float* next = panel + pass.PanelStride + (row / kernel.Rows * MicroKernel.PrefetchedFloats * (nint)pass.PackedDepth);
                int height = Math.Min(kernel.Rows, rows - row);
                MultiplyTile(kernel, height, width, pass.PackedDepth, a, panel, c, problem.CStride, accumulate, next, scratch.Tile);
            }

            if (finish)
            {
                Finish(problem, pass.FirstColumn + column, target, rows, width);
            }
        }

        kernel.Leave();
    }

    /// <summary>Packs all rows of a product that <see cref="GemmProblem.ReadsPanelsOnce"/>, one block of depth after the other.</summary>
    public static void PackAllRows(in GemmProblem problem, float* left)
    {
        int block = GemmPass.DepthBlock(problem);
        for (int first = 0; first < problem.Depth; first += block)
        {
            problem.Kernel.PackRows(problem.A, 0, problem.Rows, first, Math.Min(block, problem.Depth - first), left + ((nint)first * problem.Rows));
        }
    }

    /// <summary>Multiplies these rows with one panel. Sums are added up in the same order as in passes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPanel(in GemmProblem problem, int number, float* left, GemmScratch scratch)
    {
        var kernel = problem.Kernel;
        int column = number * kernel.Columns;
        int width = Math.Min(kernel.Columns, problem.Columns - column);
        int block = GemmPass.DepthBlock(problem);
        float* panel = problem.PackedB + ((nint)column * problem.Depth);
        float* c = problem.C + column;
        for (int first = 0; first < problem.Depth; first += block)
        {
            int depth = Math.Min(block, problem.Depth - first);
            float* a = left + ((nint)first * problem.Rows);
            float* b = panel + ((nint)first * kernel.Columns);
            float* next = b + ((nint)depth * kernel.Columns);
            bool accumulate = problem.Accumulate || first > 0;
            MultiplyTile(kernel, problem.Rows, width, depth, a, b, c, problem.CStride, accumulate, next, scratch.Tile);
        }

        if (problem.HasEpilogue)
        {
            Finish(problem, column, c, problem.Rows, width);
        }
    }

    /// <summary>The share of one of <paramref name="parts"/> in a range, in whole granules but for the end.</summary>
    private static (int First, int Count) Share(int length, int granule, int part, int parts)
    {
        long granules = GemmPass.CeilingDivide(length, granule);
        int first = (int)(granules * part / parts) * granule;
        int end = Math.Min(length, (int)(granules * (part + 1) / parts) * granule);
        return (first, end - first);
    }

    /// <summary>
    /// One tile of C, by way of <paramref name="edge"/> where the kernel would write beyond it. Both ways add in the same order, so that a row
    /// has the same bits with and without others below it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyTile(
        MicroKernel kernel, int rows, int columns, nint depth, float* a, float* b, float* c, nint stride, bool accumulate, float* next, float* edge)
    {
        if (columns == kernel.Columns && (rows == kernel.Rows || !kernel.NeedsAllRows))
        {
            kernel.Run(rows, depth, a, b, c, stride, accumulate, next);
            return;
        }

        if (accumulate)
        {
            CopyTile(c, stride, edge, kernel.Columns, rows, columns);
        }

        kernel.Run(rows, depth, a, b, edge, kernel.Columns, accumulate, next);
        CopyTile(edge, kernel.Columns, c, stride, rows, columns);
    }

    private static void CopyTile(float* source, nint sourceStride, float* target, nint targetStride, int rows, int columns)
    {
        for (int row = 0; row < rows; row++, source += sourceStride, target += targetStride)
        {
            new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(target, columns));
        }
    }

    /// <summary>Bias and activation of a strip of columns that is still in cache.</summary>
    private static void Finish(in GemmProblem problem, int firstColumn, float* c, int rows, int columns)
    {
        for (int row = 0; row < rows; row++, c += problem.CStride)
        {
            if (problem.Bias is not null)
            {
                var values = new Span<float>(c, columns);
                TensorPrimitives.Add(values, new ReadOnlySpan<float>(problem.Bias + firstColumn, columns), values);
            }

            ActivationKernels.Apply(problem.Activation, c, columns);
        }
    }
}
