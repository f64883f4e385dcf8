using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Rows of bytes without their zeros, eight rows side by side, for processors that cannot put the bytes of a register in their places. A step has
/// the next four bytes of each row, all out of one window of 16 columns, and a place in the window, four bits, for each: so weights stay where they
/// are, and a shuffle of 16 inputs brings those that belong to them. A window begins where the row that is furthest behind goes on; a row
/// without four bytes in it has zeros instead, and rows of a block are put into groups by how many bytes they have. Two steps lie together. Half of
/// all bytes come to 0.86 bytes a column, 30 % to 0.6, two of four to 0.77.
/// </summary>
internal sealed unsafe class NonzeroWindows : IDisposable
{
    /// <summary>The share of bytes that are not zero from which on whole rows are no larger, where the zeros lie anywhere.</summary>
    public const double MostNonzeros = 0.6;

    /// <summary>Rows whose steps are common.</summary>
    public const int GroupRows = 8;

    /// <summary>Rows that are put together at once: those of some groups, in any order.</summary>
    public const int BlockRows = 64;

    /// <summary>Groups of a block.</summary>
    public const int BlockGroups = BlockRows / GroupRows;

    /// <summary>Weights of a step, row by row.</summary>
    public const int StepValues = GroupRows * Int8Tile.Quad;

    /// <summary>Bytes of two steps: the weights of both, then the places, the first step's in the lower halves of bytes.</summary>
    public const int PairBytes = 3 * StepValues;

    /// <summary>Where in two steps their places begin.</summary>
    public const int Places = 2 * StepValues;

    private const int WindowColumns = 16;

    private readonly int rows;
    private readonly int rowBytes;
    private readonly NativeBuffer pairs;
    private readonly NativeBuffer advances;
    private readonly NativeBuffer order;
    private readonly long[] starts;

    /// <summary>Packs rows.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="rowBytes">Bytes of a row, at least a window.</param>
    /// <param name="encode">Writes a whole row.</param>
    /// <param name="pool">Where to do it.</param>
    public NonzeroWindows(int rows, int rowBytes, NonzeroRows.Encode encode, WorkerPool pool)
    {
        this.rows = rows;
        this.rowBytes = rowBytes;
        int blocks = GemmPass.CeilingDivide(rows, BlockRows);
        int groups = blocks * BlockGroups;
        order = new NativeBuffer((long)blocks * BlockRows);
        starts = new long[groups + 1];
        ForBlocks(pool, blocks, encode, (block, whole) =>
        {
            Order(block, whole);
            for (int group = block * BlockGroups; group < (block + 1) * BlockGroups; group++)
            {
                starts[group + 1] = Write(group, whole, null, null);
            }
        });
        for (int group = 0; group < groups; group++)
        {
            starts[group + 1] += starts[group];
        }

        pairs = new NativeBuffer(Math.Max(1, starts[groups] * PairBytes));
        advances = new NativeBuffer(Math.Max(1, starts[groups] * sizeof(ushort)));
        ForBlocks(pool, blocks, encode, (block, whole) =>
        {
            for (int group = block * BlockGroups; group < (block + 1) * BlockGroups; group++)
            {
                Write(group, whole, PairsOf(group), (byte*)AdvancesOf(group));
            }
        });
    }

    /// <summary>Memory.</summary>
    public long ByteCount => pairs.ByteCount + advances.ByteCount + order.ByteCount + ((long)starts.Length * sizeof(long));

    /// <summary>The rows of a group, numbered within its block; some of a last block are not there.</summary>
    public byte* RowsOf(int group) => (byte*)order.Pointer + ((nint)group * GroupRows);

    /// <summary>The steps of a group, two by two.</summary>
    public byte* PairsOf(int group) => (byte*)pairs.Pointer + (starts[group] * PairBytes);

    /// <summary>
    /// For two steps each by how many columns their windows lie behind the ones before, a byte each, the first step's the lower; the first of all
    /// lies so far behind column 0.
    /// </summary>
    public ushort* AdvancesOf(int group) => (ushort*)advances.Pointer + starts[group];

    /// <summary>Number of pairs of steps of a group.</summary>
    public nint CountOf(int group) => (nint)(starts[group + 1] - starts[group]);

    /// <summary>Puts the rows of a block together, one after the other, with zeros for those that are not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Expand(int block, byte* target)
    {
        new Span<byte>(target, BlockRows * rowBytes).Clear();
        for (int group = block * BlockGroups; group < (block + 1) * BlockGroups; group++)
        {
            byte* pair = PairsOf(group);
            byte* advance = (byte*)AdvancesOf(group);
            byte* rowsOfGroup = RowsOf(group);
            byte* window = target;
            for (nint count = CountOf(group); count > 0; count--, pair += PairBytes)
            {
                for (int step = 0; step < 2; step++)
                {
                    window += *advance++;
                    byte* values = pair + (step * StepValues);
                    byte* places = pair + Places;
                    for (int row = 0; row < GroupRows; row++, values += Int8Tile.Quad, places += Int8Tile.Quad)
                    {
                        byte* bytes = window + ((nint)rowsOfGroup[row] * rowBytes);
                        for (int i = 0; i < Int8Tile.Quad; i++)
                        {
                            // A zero that fills a step up leaves what is there.
                            bytes[(places[i] >> (4 * step)) & 0xF] |= values[i];
                        }
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        pairs.Dispose();
        advances.Dispose();
        order.Dispose();
    }

    private void ForBlocks(WorkerPool pool, int blocks, NonzeroRows.Encode encode, Action<int, nint> use) =>
        Ranges.For(pool, blocks, (long)BlockRows * rowBytes, (start, count) =>
        {
            using var whole = new NativeBuffer((long)BlockRows * rowBytes);
            for (int block = (int)start; block < start + count; block++)
            {
                new Span<byte>(whole.Pointer, BlockRows * rowBytes).Clear();
                for (int row = 0; row < Math.Min(BlockRows, rows - (block * BlockRows)); row++)
                {
                    encode((block * BlockRows) + row, (byte*)whole.Pointer + ((nint)row * rowBytes));
                }

                use(block, (nint)whole.Pointer);
            }
        });

    /// <summary>Writes which rows of a block go together: those with the most bytes first.</summary>
    private void Order(int block, nint whole)
    {
        Span<int> zeros = stackalloc int[BlockRows];
        var sorted = new Span<byte>(RowsOf(block * BlockGroups), BlockRows);
        for (int row = 0; row < BlockRows; row++)
        {
            // The row's number decides between equals.
            zeros[row] = (Row(whole, row).Count((byte)0) * BlockRows) + row;
            sorted[row] = (byte)row;
        }

        zeros.Sort(sorted);
    }

    /// <summary>Writes the steps of a group of whole rows, or only counts pairs of them where there is no room for them.</summary>
    private long Write(int group, nint whole, byte* pair, byte* advance)
    {
        bool writes = pair is not null;
        byte* rowsOfGroup = RowsOf(group);
        int* next = stackalloc int[GroupRows];
        for (int row = 0; row < GroupRows; row++)
        {
            next[row] = Nonzero(whole, rowsOfGroup[row], 0);
        }

        int window = 0;
        for (long step = 0; ; step++)
        {
            int first = TensorPrimitives.Min<int>(new ReadOnlySpan<int>(next, GroupRows));
            if (first == rowBytes && step % 2 == 0)
            {
                return step / 2;
            }

            // One that is too far away is reached by steps without weights; the last one ends with the row.
            int distance = Math.Min(Math.Min(first, rowBytes - WindowColumns) - window, byte.MaxValue);
            window += distance;
            byte* values = pair + (step / 2 * PairBytes);
            byte* places = values + Places;
            int shift = (int)(step % 2) * 4;
            if (writes)
            {
                new Span<byte>(values, shift == 0 ? PairBytes : 0).Clear();
                values += step % 2 * StepValues;
                advance[step] = (byte)distance;
            }

            for (int slot = 0; slot < StepValues; slot++)
            {
                int row = slot / Int8Tile.Quad;
                int column = next[row];
                if (column >= window + WindowColumns)
                {
                    continue;
                }

                if (writes)
                {
                    values[slot] = Row(whole, rowsOfGroup[row])[column];
                    places[slot] |= (byte)((column - window) << shift);
                }

                next[row] = Nonzero(whole, rowsOfGroup[row], column + 1);
            }
        }
    }

    /// <summary>The column of the next byte of a row that is not zero, or behind the last.</summary>
    private int Nonzero(nint whole, int row, int column)
    {
        int found = Row(whole, row)[column..].IndexOfAnyExcept((byte)0);
        return found < 0 ? rowBytes : column + found;
    }

    private ReadOnlySpan<byte> Row(nint whole, int row) => new((byte*)whole + ((nint)row * rowBytes), rowBytes);
}
