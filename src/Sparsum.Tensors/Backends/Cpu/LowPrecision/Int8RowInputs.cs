using Sparsum.Tensors.Backends.Cpu.Tiles;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Inputs as integers with one factor each, as a product with <see cref="Int8RowsWeight"/> reads them.</summary>
internal sealed unsafe class Int8RowInputs
{
    private readonly float* factors;
    private readonly byte* integers;
    private readonly int chunks;
    private readonly bool inTiles;

    /// <summary>Rounds inputs.</summary>
    /// <param name="input"><c>[tokens, columns]</c>.</param>
    /// <param name="inTiles">Whether 16 inputs lie side by side, chunk by chunk, instead of one after the other.</param>
    /// <param name="offset">What is added to every integer: 0 or 128.</param>
    /// <param name="memory">Where they are to lie, until it is asked for something else.</param>
    /// <param name="pool">Where to do it.</param>
    public Int8RowInputs(Tensor input, bool inTiles, int offset, ScratchBuffer memory, WorkerPool pool)
    {
        this.inTiles = inTiles;
        Count = input.RowCount;
        chunks = Int8Rows.Chunks(input.Columns);
        int rooms = GemmPass.CeilingDivide(Count, TileRegisters.Rows) * TileRegisters.Rows;
        factors = memory.Floats(rooms + ((long)rooms * chunks * (Int8Rows.ChunkSize / sizeof(float))));
        integers = (byte*)(factors + rooms);
        Ranges.For(pool, Count, input.Columns, (start, count) =>
        {
            for (int token = (int)start; token < start + count; token++)
            {
                *Factors(token) = Int8Rows.Quantize(
                    input.Pointer + ((nint)token * input.Columns), input.Columns, Integers(token), ChunkStride, offset);
            }
        });
    }

    /// <summary>How many.</summary>
    public int Count { get; }

    /// <summary>Bytes from a chunk of an input to its next.</summary>
    public nint ChunkStride => inTiles ? TileRegisters.TileBytes : Int8Rows.ChunkSize;

    /// <summary>The first chunk of an input.</summary>
    public byte* Integers(int token)
    {
        nint chunk = inTiles
            ? ((nint)(token / TileRegisters.Rows) * chunks * TileRegisters.Rows) + (token % TileRegisters.Rows)
            : (nint)token * chunks;
        return integers + (chunk * Int8Rows.ChunkSize);
    }

    /// <summary>The factors of an input and those behind it.</summary>
    public float* Factors(int token) => factors + token;
}
