namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// One step of the outer loops of a product: a block of columns and a block of depth, whose packed panels of B every row block reads.
/// The split of the depth depends on the sizes alone, so the order of each sum does not depend on the number of threads.
/// </summary>
internal unsafe struct GemmPass
{
    private const int DepthGranule = 16;
    private const int PiecesPerWorker = 4;

    private readonly int columnBlock;
    private readonly int depthBlock;

    /// <summary>Stands before the first pass of a product for this many threads.</summary>
    public GemmPass(in GemmProblem problem, int workers)
    {
        var kernel = problem.Kernel;
        depthBlock = DepthBlock(problem);
        int columnBlocks = problem.PackedB is null ? CeilingDivide(problem.Columns, kernel.ColumnBlock) : 1;
        columnBlock = CeilingDivide(CeilingDivide(problem.Columns, columnBlocks), kernel.Columns) * kernel.Columns;
        FirstColumn = -columnBlock;
        FirstDepth = problem.Depth;

        RowBlocks = CeilingDivide(problem.Rows, kernel.RowBlock);
        if (workers == 1)
        {
            ColumnChunks = 1;
        }
        else if (RowBlocks >= PiecesPerWorker * workers)
        {
            RowBlocks = CeilingDivide(RowBlocks, workers) * workers;
            ColumnChunks = 1;
        }
        else
        {
            int panels = CeilingDivide(Math.Min(columnBlock, problem.Columns), kernel.Columns);
            ColumnChunks = Math.Min(panels, CeilingDivide(PiecesPerWorker * workers, RowBlocks));
        }
    }

    /// <summary>First column of C.</summary>
    public int FirstColumn { get; private set; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; private set; }

    /// <summary>First step of depth.</summary>
    public int FirstDepth { get; private set; }

    /// <summary>Steps of depth.</summary>
    public int Depth { get; private set; }

    /// <summary>Steps of depth that panels of this pass have.</summary>
    public int PackedDepth { get; private set; }

    /// <summary>Whether the sums of these columns are complete after this pass.</summary>
    public bool IsLastDepth { get; private set; }

    /// <summary>Into how many blocks the rows are split.</summary>
    public int RowBlocks { get; }

    /// <summary>Into how many chunks the columns of this pass are split, so that all threads have work when there are few rows.</summary>
    public int ColumnChunks { get; }

    /// <summary>
    /// Whether each panel of B is packed just before it is used: with one block of rows nobody else needs it, and it need not leave the
    /// cache in between.
    /// </summary>
    public readonly bool PacksOnDemand => RowBlocks == 1 && Panels is null;

    /// <summary>Number of pieces that may be computed in any order.</summary>
    public readonly int Pieces => RowBlocks * ColumnChunks;

    /// <summary>Whether somebody must pack the panels of B before the pieces of a pass are computed.</summary>
    public readonly bool PacksAhead(in GemmProblem problem) => RowBlocks > 1 && problem.PackedB is null;

    /// <summary>Floats of the packed panels of B in the largest pass.</summary>
    public readonly long PanelFloats => (long)columnBlock * depthBlock;

    /// <summary>The panels of B, each from the first depth of this pass on; null when they are packed on demand.</summary>
    public float* Panels { get; set; }

    /// <summary>Floats from one panel of B to the next.</summary>
    public nint PanelStride { get; set; }

    /// <summary>Goes to the next pass, or returns false.</summary>
    public bool MoveNext(in GemmProblem problem)
    {
        FirstDepth += Depth;
        if (FirstDepth >= problem.Depth)
        {
            FirstColumn += columnBlock;
            FirstDepth = 0;
        }

        if (FirstColumn >= problem.Columns)
        {
            return false;
        }

        Columns = Math.Min(columnBlock, problem.Columns - FirstColumn);
        Depth = Math.Min(depthBlock, problem.Depth - FirstDepth);
        PackedDepth = problem.Kernel.PackedDepth(Depth);
        IsLastDepth = FirstDepth + Depth == problem.Depth;
        if (problem.PackedB is not null)
        {
            PanelStride = (nint)problem.Kernel.PackedDepth(problem.Depth) * problem.Kernel.Columns;
            Panels = problem.PackedB + ((nint)FirstDepth * problem.Kernel.Columns);
        }
        else
        {
            PanelStride = (nint)PackedDepth * problem.Kernel.Columns;
        }

        return true;
    }

    /// <summary>Steps of depth that are added up before they meet those before: equal blocks, of the depth alone.</summary>
    public static int DepthBlock(in GemmProblem problem)
    {
        int blocks = Math.Max(1, CeilingDivide(problem.Depth, problem.Kernel.DepthBlock));
        int granule = Math.Max(DepthGranule, problem.Kernel.DepthGranule);
        return CeilingDivide(CeilingDivide(problem.Depth, blocks), granule) * granule;
    }

    /// <summary>The quotient rounded up.</summary>
    public static int CeilingDivide(int dividend, int divisor) => (dividend + divisor - 1) / divisor;
}
