using Sparsum.Tensors.Backends.Cpu.Tiles;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Inputs as integers with one factor each, as a product with <see cref="Int8RowsWeight"/> reads them. With rests an input is two rows: its
/// integers, and what rounding left.
/// </summary>
internal sealed unsafe class Int8RowInputs
{
    private readonly float* factors;
    private readonly byte* integers;
    private readonly int chunks;
    private readonly bool inTiles;

    /// <summary>Rounds inputs.</summary>
    /// <param name="input"><c>[tokens, columns]</c>.</param>
    /// <param name="withRests">Whether what rounding leaves is kept.</param>
    /// <param name="inTiles">Whether 16 rows lie side by side, chunk by chunk, instead of one after the other.</param>
    /// <param name="offset">What is added to every integer: 0 or 128.</param>
    /// <param name="memory">Where they are to lie, until it is asked for something else.</param>
    /// <param name="pool">Where to do it.</param>
    public Int8RowInputs(Tensor input, bool withRests, bool inTiles, int offset, ScratchBuffer memory, WorkerPool pool)
    {
        this.inTiles = inTiles;
        RowsOfInput = RowsOf(withRests);
        Count = input.RowCount;
        chunks = Int8Rows.Chunks(input.Columns);
        int rooms = GemmPass.CeilingDivide(Count * RowsOfInput, TileRegisters.Rows) * TileRegisters.Rows;
        factors = memory.Floats(rooms + ((long)rooms * chunks * (Int8Rows.ChunkSize / sizeof(float))));
        integers = (byte*)(factors + rooms);
        Ranges.For(pool, Count, input.Columns, (start, count) =>
        {
            for (int token = (int)start; token < start + count; token++)
            {
                int row = token * RowsOfInput;
                *Factors(token) = Int8Rows.Quantize(
                    input.Pointer + ((nint)token * input.Columns), input.Columns, Integers(row), withRests ? Integers(row + 1) : null, ChunkStride, offset);
            }
        });
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Rows of integers of each: 1 or 2.</summary>
    public int RowsOfInput { get; }

    /// <summary>Rows of integers of an input with or without rests.</summary>
    public static int RowsOf(bool withRests) => withRests ? 2 : 1;

    /// <summary>Bytes from a chunk of a row to its next.</summary>
    public nint ChunkStride => inTiles ? TileRegisters.TileBytes : Int8Rows.ChunkSize;

    /// <summary>The first chunk of a row.</summary>
    public byte* Integers(int row)
    {
        nint chunk = inTiles
            ? ((nint)(row / TileRegisters.Rows) * chunks * TileRegisters.Rows) + (row % TileRegisters.Rows)
            : (nint)row * chunks;
        return integers + (chunk * Int8Rows.ChunkSize);
    }

    /// <summary>The factors of an input and those behind it.</summary>
    public float* Factors(int token) => factors + token;
}
