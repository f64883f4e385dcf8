namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>Some queries of one head of one sequence, and the keys that any of them may see.</summary>
internal readonly unsafe struct QueryBlock
{
    private readonly int tiled;

    /// <summary>One of the blocks of a head, for products of a set.</summary>
    public QueryBlock(AttentionProblem problem, int sequence, int head, int block, int blocks, InstructionSet set)
    {
        var options = problem.Options;
        Sequence = sequence;
        Head = head;
        First = (int)((long)options.QueryLength * block / blocks);
        Rows = (int)((long)options.QueryLength * (block + 1) / blocks) - First;

        // Both ends of the visible range rise with the query.
        Start = problem.VisibleKeys(sequence, First).Start;
        Keys = Math.Max(0, problem.VisibleKeys(sequence, First + Rows - 1).End - Start);
        tiled = (int)MicroKernel.For(set, Keys).PaddedColumns(Keys);
        Stride = Math.Max(tiled, ScoreBlock.WidthOf(Keys));
        Queries = problem.QueryOffset(sequence, head, First);
        FirstKey = problem.KeyOffset(sequence, head, Start);
    }

    /// <summary>The sequence.</summary>
    public int Sequence { get; }

    /// <summary>The head.</summary>
    public int Head { get; }

    /// <summary>The first query.</summary>
    public int First { get; }

    /// <summary>Number of queries.</summary>
    public int Rows { get; }

    /// <summary>The first key.</summary>
    public int Start { get; }

    /// <summary>Number of keys.</summary>
    public int Keys { get; }

    /// <summary>Keys, filled up as kernels need it.</summary>
    public int Width => ScoreBlock.WidthOf(Keys);

    /// <summary>Floats from a row of scores to the next: room for whole tiles of the product, and for <see cref="Width"/>.</summary>
    public nint Stride { get; }

    /// <summary>Floats of all scores.</summary>
    public nint ScoreFloats => Rows * Stride;

    /// <summary>Where the queries start among all queries.</summary>
    public nint Queries { get; }

    /// <summary>Where the keys start among all keys.</summary>
    public nint FirstKey { get; }

    /// <summary><c>[Rows, Stride] = rows · keysᵀ</c>, with finite numbers from <see cref="Keys"/> to <see cref="Width"/>.</summary>
    /// <param name="left">A row of each query.</param>
    /// <param name="leftStride">Floats from one to the next.</param>
    /// <param name="right">A row of each key.</param>
    /// <param name="rightStride">Floats from one to the next.</param>
    /// <param name="size">Length of the rows.</param>
    /// <param name="products">Receives the products.</param>
    /// <param name="scratch">For the product, of the block's set.</param>
    public void Multiply(float* left, nint leftStride, float* right, nint rightStride, int size, float* products, GemmScratch scratch)
    {
        Gemm.RunSingle(
            MatrixProduct.NT, Rows, Keys, size, left, leftStride, right, rightStride, products, Stride, false, scratch, hasRoom: true);

        // Tiles narrower than the granule of rows leave the end of some unwritten.
        for (int row = 0; row < Rows && tiled < Width; row++)
        {
            new Span<float>(products + (row * Stride) + tiled, Width - tiled).Clear();
        }
    }
}
