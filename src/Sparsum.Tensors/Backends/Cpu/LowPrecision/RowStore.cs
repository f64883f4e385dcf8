using System.Runtime.CompilerServices;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>The rows of a weight in low precision, one after the other, or without their zeros.</summary>
internal sealed unsafe class RowStore : IDisposable
{
    private readonly NativeBuffer? whole;
    private readonly NonzeroRows? nonzeros;

    /// <summary>Stores rows.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="elements">Elements of a row, a multiple of 32.</param>
    /// <param name="elementBytes">Bytes of an element: 1 or 2.</param>
    /// <param name="leavesZerosOut">Whether zeros take no room.</param>
    /// <param name="encode">Writes a whole row.</param>
    /// <param name="pool">Where to do it.</param>
    public RowStore(int rows, int elements, int elementBytes, bool leavesZerosOut, NonzeroRows.Encode encode, WorkerPool pool)
    {
        if (leavesZerosOut)
        {
            nonzeros = new NonzeroRows(rows, elements, elementBytes, encode, pool);
            RowBytes = nonzeros.RowBytes;
            return;
        }

        RowBytes = elements * elementBytes;
        whole = new NativeBuffer((long)rows * RowBytes);
        Ranges.For(pool, rows, elements, (start, count) =>
        {
            for (int row = (int)start; row < start + count; row++)
            {
                encode(row, (byte*)whole.Pointer + ((nint)row * RowBytes));
            }
        });
    }

    /// <summary>Memory.</summary>
    public long ByteCount => whole?.ByteCount ?? nonzeros!.ByteCount;

    /// <summary>Bytes of a whole row: the room that <see cref="Read(int, byte*)"/> needs.</summary>
    public int RowBytes { get; }

    /// <summary>A whole row, which may lie in <paramref name="room"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Read(int row, byte* room)
    {
        if (nonzeros is null)
        {
            return (byte*)whole!.Pointer + ((nint)row * RowBytes);
        }

        nonzeros.Expand(row, room);
        return room;
    }

    /// <summary>Neighbouring whole rows, one behind the other, which may lie in <paramref name="room"/>.</summary>
    public byte* Read(int first, int count, byte* room)
    {
        byte* rows = Read(first, room);
        for (int row = 1; row < count && nonzeros is not null; row++)
        {
            nonzeros.Expand(first + row, room + ((nint)row * RowBytes));
        }

        return rows;
    }

    /// <summary>What is read next while this row is multiplied: further on in the row, or the next row's nonzeros. Need not be valid memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Ahead(int row, byte* stored) => nonzeros is null ? stored + FirstLevelCache.FetchAhead : nonzeros.End(row);

    /// <inheritdoc/>
    public void Dispose()
    {
        whole?.Dispose();
        nonzeros?.Dispose();
    }
}
