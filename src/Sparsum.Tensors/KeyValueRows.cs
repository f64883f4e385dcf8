using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Sparsum.Tensors.Memory;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Tensors;

/// <summary>
/// Keys or values that attention reads as they lie, <c>[Rows, HeadCount * HeadSize]</c>: in float32; in bfloat16, rounded to nearest even; or as
/// 8-bit integers with one float32 factor for each head of a row. There a value x of a head whose largest magnitude is m becomes
/// <c>round(x * (127 / m)) * (m / 127)</c>, ties to even, which is off by at most m / 254 and the rounding of float32. A head with NaN or infinity
/// becomes NaN as a whole.
/// </summary>
public sealed unsafe class KeyValueRows : IDisposable
{
    /// <summary>The storages that there are.</summary>
    public static readonly IReadOnlyList<StorageType> Storages = [StorageType.Float32, StorageType.BFloat16, StorageType.Int8];

    private const float Largest = 127;

    /// <summary>A head below this magnitude counts as zeros, because the reciprocal of its factor has no number.</summary>
    private const float Least = 1e-30f;

    private readonly NativeBuffer values;
    private readonly NativeBuffer? factors;

    /// <summary>Makes room for rows of undefined content.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="headCount">Heads of a row.</param>
    /// <param name="headSize">Numbers of a head.</param>
    /// <param name="storage">One of <see cref="Storages"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another storage, or a size is negative.</exception>
    public KeyValueRows(int rows, int headCount, int headSize, StorageType storage)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(headCount);
        ArgumentOutOfRangeException.ThrowIfNegative(headSize);
        ElementBytes = BytesOf(storage);
        (RowCount, HeadCount, HeadSize, Storage) = (rows, headCount, headSize, storage);
        values = new NativeBuffer(checked((long)rows * Columns * ElementBytes));
        factors = storage == StorageType.Int8 ? new NativeBuffer((long)rows * headCount * sizeof(float)) : null;
    }

    /// <summary>Number of rows.</summary>
    public int RowCount { get; }

    /// <summary>Heads of a row.</summary>
    public int HeadCount { get; }

    /// <summary>Numbers of a head.</summary>
    public int HeadSize { get; }

    /// <summary>How the numbers are held.</summary>
    public StorageType Storage { get; }

    /// <summary>Numbers of a row.</summary>
    public int Columns => HeadCount * HeadSize;

    /// <summary>Memory, factors included.</summary>
    public long ByteCount => values.ByteCount + (factors?.ByteCount ?? 0);

    /// <summary>Bytes of a number.</summary>
    internal int ElementBytes { get; }

    /// <summary>The first number.</summary>
    internal byte* Values => (byte*)values.Pointer;

    /// <summary>The first factor, one for each head of each row; null where numbers stand for themselves.</summary>
    internal float* Factors => factors is null ? null : (float*)factors.Pointer;

    /// <summary>Rounds rows and writes them from a row on.</summary>
    /// <param name="row">Where the first goes.</param>
    /// <param name="source"><c>[count, Columns]</c>.</param>
    /// <exception cref="ArgumentException">The rows are of another length, or do not fit.</exception>
    public void Write(int row, Tensor source)
    {
        CheckRange(row, source);
        if (Storage == StorageType.Float32)
        {
            NativeMemory.Copy(source.Pointer, (float*)Values + ((nint)row * Columns), checked((nuint)source.Length * sizeof(float)));
            return;
        }

        for (int i = 0; i < source.RowCount; i++)
        {
            var read = source.Row(i);
            nint place = ((nint)row + i) * Columns;
            if (Storage == StorageType.BFloat16)
            {
                HalfPrecision.NarrowToBFloat16(read, new Span<ushort>((ushort*)Values + place, read.Length));
                continue;
            }

            for (int head = 0; head < HeadCount; head++)
            {
                Factors[((nint)(row + i) * HeadCount) + head] =
                    Round(read.Slice(head * HeadSize, HeadSize), (sbyte*)Values + place + (head * HeadSize));
            }
        }
    }

    /// <summary>Reads rows back as attention takes them.</summary>
    /// <param name="row">The first.</param>
    /// <param name="target">Receives them, <c>[count, Columns]</c>.</param>
    /// <exception cref="ArgumentException">The rows are of another length, or there are not so many.</exception>
    public void Read(int row, Tensor target)
    {
        CheckRange(row, target);
        for (int i = 0; i < target.RowCount; i++)
        {
            var written = target.Row(i);
            nint place = ((nint)row + i) * Columns;
            for (int column = 0; column < written.Length; column++)
            {
                written[column] = Storage switch
                {
                    StorageType.Float32 => ((float*)Values)[place + column],
                    StorageType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)((ushort*)Values)[place + column] << 16),
                    _ => ((sbyte*)Values)[place + column] * Factors[((nint)(row + i) * HeadCount) + (column / HeadSize)],
                };
            }
        }
    }

    /// <summary>Copies rows, bit by bit, to rows of the same kind that do not overlap them.</summary>
    /// <param name="row">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Where to; may be this.</param>
    /// <param name="targetRow">Where the first goes.</param>
    /// <exception cref="ArgumentException">The target is of another kind, or the rows are not there.</exception>
    public void Copy(int row, int count, KeyValueRows target, int targetRow)
    {
        if ((target.HeadCount, target.HeadSize, target.Storage) != (HeadCount, HeadSize, Storage))
        {
            throw new ArgumentException($"{Storage} rows of {HeadCount} x {HeadSize} do not fit {target.Storage} rows of {target.HeadCount} x {target.HeadSize}.", nameof(target));
        }

        CheckRange(row, count);
        target.CheckRange(targetRow, count);
        nint bytes = (nint)Columns * ElementBytes;
        NativeMemory.Copy(Values + (row * bytes), target.Values + (targetRow * bytes), (nuint)(count * bytes));
        if (factors is not null)
        {
            nint length = HeadCount;
            NativeMemory.Copy(Factors + (row * length), target.Factors + (targetRow * length), (nuint)(count * length * sizeof(float)));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        values.Dispose();
        factors?.Dispose();
    }

    private static int BytesOf(StorageType storage) => storage switch
    {
        StorageType.Float32 => sizeof(float),
        StorageType.BFloat16 => sizeof(ushort),
        StorageType.Int8 => sizeof(sbyte),
        _ => throw new ArgumentOutOfRangeException(nameof(storage), storage, $"Keys and values are held in {string.Join(", ", Storages)}."),
    };

    /// <summary>Rounds a head and returns its factor.</summary>
    private static float Round(ReadOnlySpan<float> head, sbyte* target)
    {
        float largest = head.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(head));
        if (!(largest >= Least) || !float.IsFinite(largest))
        {
            new Span<sbyte>(target, head.Length).Clear();
            return largest < Least ? 0 : float.NaN;
        }

        float inverse = Largest / largest;
        for (int i = 0; i < head.Length; i++)
        {
            target[i] = (sbyte)MathF.Round(head[i] * inverse, MidpointRounding.ToEven);
        }

        return largest / Largest;
    }

    private void CheckRange(int row, Tensor rows)
    {
        if (rows.Columns != Columns)
        {
            throw new ArgumentException($"{rows} has no rows of {HeadCount} x {HeadSize}.", nameof(rows));
        }

        CheckRange(row, rows.RowCount);
    }

    private void CheckRange(int row, int count)
    {
        if (row < 0 || count < 0 || row > RowCount - count)
        {
            throw new ArgumentException($"Rows {row} to {row + count - 1} are not among {RowCount}.", nameof(row));
        }
    }
}
