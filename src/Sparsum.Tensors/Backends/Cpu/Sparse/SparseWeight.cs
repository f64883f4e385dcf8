using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>
/// The nonzeros of a weight. A line is a row, or four neighbouring rows that share their columns; it holds, for each column that has any
/// nonzero, the values of its rows. Lines are cut into blocks of columns and chunks of rows, so that what a chunk reads of the inputs and
/// what it adds to stay in cache: chunk by chunk, in it block by block, in it line by line, all in one run of memory.
/// </summary>
internal sealed unsafe class SparseWeight : CpuWeight
{
    /// <summary>Most rows of a chunk: a multiple of the rows of a line.</summary>
    public const int MostChunkRows = 256;

    /// <summary>Rows of a line that holds a group.</summary>
    public const int GroupRows = 4;

    /// <summary>
    /// Columns with nonzeros that a line has in a block on average. Fewer would read and write the sums too often, more would have the
    /// inputs of a block fall out of the first-level cache.
    /// </summary>
    private const int ColumnsPerLine = 32;

    /// <summary>Into how many chunks of equal cost a weight is cut at least, so that threads find work of equal size.</summary>
    private const int LeastChunks = 16;

    /// <summary>Fewer rows would have the inputs read too often.</summary>
    private const int LeastChunkRows = 32;

    /// <summary>What a line costs besides its columns, in columns: reading and writing its sums.</summary>
    private const int LineCost = 8;

    private const int LeastBlock = 64;
    private const int MostBlock = 768;

    private readonly SparseProduct product;
    private readonly int blockColumns;
    private readonly List<int> chunkLines;
    private readonly long[] chunkStarts;
    private readonly NativeBuffer starts;
    private readonly NativeBuffer offsets;
    private readonly NativeBuffer values;

    /// <summary>Copies the nonzeros of <paramref name="weight"/> <c>[out, in]</c>.</summary>
    /// <param name="weight">The weight; its rows are a multiple of <paramref name="lineRows"/>.</param>
    /// <param name="lineRows">Rows of a line: 1 or <see cref="GroupRows"/>.</param>
    /// <param name="counts">What there is to copy.</param>
    /// <param name="product">What multiplies.</param>
    /// <param name="pool">Where to copy.</param>
    public SparseWeight(Tensor weight, int lineRows, SparseCounts counts, SparseProduct product, WorkerPool pool)
        : base(weight.RowCount, weight.Columns, StorageType.Sparse)
    {
        this.product = product;
        LineRows = lineRows;
        var inLines = counts.InLines(lineRows);
        chunkLines = Cut(inLines, lineRows);
        Chunks = chunkLines.Count - 1;
        long[] firsts = new long[Chunks + 1];
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            firsts[chunk + 1] = firsts[chunk];
            for (int line = chunkLines[chunk]; line < chunkLines[chunk + 1]; line++)
            {
                firsts[chunk + 1] += inLines[line];
            }
        }

        long used = firsts[Chunks];
        if (used > int.MaxValue)
        {
            throw new ArgumentException($"{weight} has too many nonzeros for one sparse matrix.", nameof(weight));
        }

        double perLine = used / Math.Max(1.0, Rows / lineRows);
        blockColumns = (int)Math.Clamp(ColumnsPerLine * Columns / Math.Max(1, perLine), LeastBlock, MostBlock);
        Blocks = Math.Max(1, GemmPass.CeilingDivide(Columns, blockColumns));
        chunkStarts = [.. chunkLines.Select((line, chunk) => (long)Blocks * (line + chunk))];
        starts = new NativeBuffer(chunkStarts[Chunks] * sizeof(int));
        offsets = new NativeBuffer(used * sizeof(uint));
        values = new NativeBuffer(used * lineRows * sizeof(float));
        pool.For(Chunks, (chunk, _) => Fill(weight, chunk, (int)firsts[chunk]));
    }

    /// <summary>Rows that share their columns: 1 or 4.</summary>
    public int LineRows { get; }

    /// <summary>Chunks of up to <see cref="MostChunkRows"/> rows that cost about the same.</summary>
    public int Chunks { get; }

    /// <summary>Blocks of columns.</summary>
    public int Blocks { get; }

    /// <summary>For each column in a line where it stands in an input, in bytes.</summary>
    public uint* Offsets => (uint*)offsets.Pointer;

    /// <summary>For each column in a line the values of the line's rows.</summary>
    public float* Values => (float*)values.Pointer;

    /// <inheritdoc/>
    public override long ByteCount => starts.ByteCount + offsets.ByteCount + values.ByteCount;

    /// <summary>Pieces of about one cost into which a product with so many inputs falls, for threads to take.</summary>
    public int Pieces(int inputs) => Chunks * GemmPass.CeilingDivide(inputs, product.TileWidth);

    /// <summary>Rows of a chunk.</summary>
    public int RowsIn(int chunk) => (chunkLines[chunk + 1] - chunkLines[chunk]) * LineRows;

    /// <summary>The first row of a chunk.</summary>
    public int FirstRow(int chunk) => chunkLines[chunk] * LineRows;

    /// <summary>Where the lines of a chunk begin in a block, and behind them where the last one ends.</summary>
    public int* StartsOf(int chunk, int block) =>
        (int*)starts.Pointer + chunkStarts[chunk] + (block * (chunkLines[chunk + 1] - chunkLines[chunk] + 1));

    /// <inheritdoc/>
    public override void Multiply(Tensor input, Tensor output, WorkerPool pool, bool rowwise = false) =>
        Multiply(input, null, Activation.Identity, output, rowwise);

    /// <summary><c>output = activation(input · weightᵀ + bias)</c>.</summary>
    public void Multiply(Tensor input, Tensor? bias, Activation activation, Tensor output, bool rowwise = false) =>
        product.Run(this, input, bias, activation, output, rowwise);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        starts.Dispose();
        offsets.Dispose();
        values.Dispose();
    }

    /// <summary>The first line of every chunk, and the number of lines; it depends on the weight alone.</summary>
    private static List<int> Cut(IReadOnlyList<int> inLines, int lineRows)
    {
        double share = inLines.Sum(columns => (double)columns + LineCost) / LeastChunks;
        var first = new List<int> { 0 };
        double cost = 0;
        for (int line = 0; line < inLines.Count; line++)
        {
            int rows = (line - first[^1]) * lineRows;
            if (rows == MostChunkRows || (rows >= LeastChunkRows && cost + ((inLines[line] + LineCost) / 2.0) > share))
            {
                first.Add(line);
                cost = 0;
            }

            cost += inLines[line] + LineCost;
        }

        if (inLines.Count > 0)
        {
            first.Add(inLines.Count);
        }

        return first;
    }

    private void Fill(Tensor weight, int chunk, int next)
    {
        Span<uint> someOffsets = stackalloc uint[MostBlock + 1];
        Span<float> someValues = stackalloc float[MostBlock + 1];
        for (int block = 0; block < Blocks; block++)
        {
            int start = block * blockColumns;
            int end = Math.Min(Columns, start + blockColumns);
            int* lineStart = StartsOf(chunk, block);
            for (int line = 0; line < RowsIn(chunk) / LineRows; line++)
            {
                *lineStart++ = next;
                float* first = weight.Pointer + ((long)(FirstRow(chunk) + (line * LineRows)) * Columns);
                if (LineRows > 1)
                {
                    next = FillGroup(first, start, end, next);
                    continue;
                }

                int count = SparseLines.Gather(first, start, end, someOffsets, someValues);
                someOffsets[..count].CopyTo(new Span<uint>(Offsets + next, count));
                someValues[..count].CopyTo(new Span<float>(Values + next, count));
                next += count;
            }

            *lineStart = next;
        }
    }

    private int FillGroup(float* first, int start, int end, int next)
    {
        for (int column = start; column < end; column++)
        {
            if (SparseLines.IsUsed(first + column, LineRows, Columns))
            {
                Offsets[next] = (uint)column * sizeof(float);
                for (int row = 0; row < LineRows; row++)
                {
                    Values[((long)next * LineRows) + row] = first[((long)row * Columns) + column];
                }

                next++;
            }
        }

        return next;
    }
}
