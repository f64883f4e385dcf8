using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Rows of elements of one or two bytes without their zeros: a bit per element says which are there, and their values follow each other.
/// A row is put together again in the first-level cache, where the product of whole rows finds it; so the results are those of the whole
/// rows, bit by bit. Where two of four are zero, the bits are no larger than two indices of two bits would be.
/// </summary>
internal sealed unsafe class NonzeroRows : IDisposable
{
    private const int BitsPerMask = 64;

    /// <summary>Read behind the last value, but never used.</summary>
    private const int Surplus = 64;

    /// <summary>For each byte of bits which of the next values each of its eight elements is, or none: for elements of one byte.</summary>
    private static readonly ulong[] Places = MakePlaces();

    /// <summary>The same for elements of two bytes, 16 bytes each.</summary>
    private static readonly Vector128<byte>[] WidePlaces = [.. Places.Select(Double)];

    private readonly int elementBytes;
    private readonly int masksPerRow;
    private readonly NativeBuffer masks;
    private readonly NativeBuffer values;
    private readonly long[] starts;

    /// <summary>Packs rows.</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="elements">Elements of a row, a multiple of 32.</param>
    /// <param name="elementBytes">Bytes of an element: 1 or 2.</param>
    /// <param name="encode">Writes a whole row.</param>
    /// <param name="pool">Where to do it.</param>
    public NonzeroRows(int rows, int elements, int elementBytes, Encode encode, WorkerPool pool)
    {
        this.elementBytes = elementBytes;
        masksPerRow = (elements + BitsPerMask - 1) / BitsPerMask;
        masks = new NativeBuffer((long)rows * masksPerRow * sizeof(ulong));
        starts = new long[rows + 1];
        ForRows(pool, rows, encode, (row, whole) => starts[row + 1] = WriteMasks(row, whole));
        for (int row = 0; row < rows; row++)
        {
            starts[row + 1] += starts[row];
        }

        values = new NativeBuffer((starts[rows] * elementBytes) + Surplus);
        ForRows(pool, rows, encode, WriteValues);
    }

    /// <summary>Writes the elements of a row to <paramref name="target"/>.</summary>
    public delegate void Encode(int row, byte* target);

    /// <summary>Memory.</summary>
    public long ByteCount => masks.ByteCount + values.ByteCount + ((long)starts.Length * sizeof(long));

    /// <summary>The share of elements that are not zero from which on whole rows are no larger.</summary>
    public static double MostNonzeros(int elementBytes) => 1 - (1.0 / (8 * elementBytes));

    /// <summary>Bytes of a row that is put together, all masks' elements included.</summary>
    public int RowBytes => masksPerRow * BitsPerMask * elementBytes;

    /// <summary>Behind the values of a row, where the next row's are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* End(int row) => (byte*)values.Pointer + (starts[row + 1] * elementBytes);

    /// <summary>The bits of a row, 64 elements a word; those of the next row follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong* MasksOf(int row) => (ulong*)masks.Pointer + ((long)row * masksPerRow);

    /// <summary>The values of a row; those of the next row follow.</summary>
    public byte* ValuesOf(int row) => (byte*)values.Pointer + (starts[row] * elementBytes);

    /// <summary>Puts a row together: <see cref="RowBytes"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Expand(int row, byte* target)
    {
        ulong* mask = MasksOf(row);
        byte* value = ValuesOf(row);
        if (Avx512Vbmi2.IsSupported && elementBytes == 1)
        {
            ExpandBytes(mask, value, target, masksPerRow);
        }
        else if (Avx512Vbmi2.IsSupported)
        {
            ExpandWords((uint*)mask, value, target, 2 * masksPerRow);
        }
        else
        {
            ExpandByTable((byte*)mask, value, target, 8 * masksPerRow, elementBytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        masks.Dispose();
        values.Dispose();
    }

    /// <summary>The way without AVX-512: eight elements at a time, each group's places from a table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void ExpandByTable(byte* mask, byte* value, byte* target, int groups, int elementBytes)
    {
        ref ulong places = ref MemoryMarshal.GetArrayDataReference(Places);
        ref var widePlaces = ref MemoryMarshal.GetArrayDataReference(WidePlaces);
        for (int group = 0; group < groups; group++, mask++)
        {
            if (elementBytes == 1)
            {
                Shuffle(Vector128.CreateScalar(*(ulong*)value).AsByte(), Vector128.CreateScalar(Unsafe.Add(ref places, *mask)).AsByte())
                    .AsUInt64().GetLower().Store((ulong*)target);
            }
            else
            {
                Shuffle(Vector128.Load(value), Unsafe.Add(ref widePlaces, *mask)).Store(target);
            }

            value += BitOperations.PopCount(*mask) * elementBytes;
            target += 8 * elementBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Shuffle(Vector128<byte> values, Vector128<byte> places) =>
        Ssse3.IsSupported ? Ssse3.Shuffle(values, places) : Vector128.Shuffle(values, places);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandBytes(ulong* mask, byte* value, byte* target, int count)
    {
        var spread = Vector512.Create(
            Vector256.Create(Vector128.Create(0x0000_0000_0000_0000UL, 0x0101_0101_0101_0101UL), Vector128.Create(0x0202_0202_0202_0202UL, 0x0303_0303_0303_0303UL)),
            Vector256.Create(Vector128.Create(0x0404_0404_0404_0404UL, 0x0505_0505_0505_0505UL), Vector128.Create(0x0606_0606_0606_0606UL, 0x0707_0707_0707_0707UL))).AsByte();
        var bit = Vector512.Create(0x8040_2010_0804_0201UL).AsByte();
        for (int i = 0; i < count; i++, target += BitsPerMask)
        {
            var isThere = Avx512BW.CompareNotEqual(Avx512BW.Shuffle(Vector512.Create(mask[i]).AsByte(), spread) & bit, Vector512<byte>.Zero);
            Avx512Vbmi2.Expand(Vector512<byte>.Zero, isThere, Vector512.Load(value)).Store(target);
            value += BitOperations.PopCount(mask[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ExpandWords(uint* mask, byte* value, byte* target, int count)
    {
        var spread = Vector512.Create(Vector256.Create((ushort)0x0100), Vector256.Create((ushort)0x0302)).AsByte();
        var bit = Vector512.Create(Vector256.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768));
        for (int i = 0; i < count; i++, target += 64)
        {
            var isThere = Avx512BW.CompareNotEqual(Avx512BW.Shuffle(Vector512.Create(mask[i]).AsByte(), spread).AsUInt16() & bit, Vector512<ushort>.Zero);
            Avx512Vbmi2.Expand(Vector512<ushort>.Zero, isThere, Vector512.Load((ushort*)value)).Store((ushort*)target);
            value += 2 * BitOperations.PopCount(mask[i]);
        }
    }

    private static ulong[] MakePlaces()
    {
        ulong[] places = new ulong[256];
        for (int bits = 0; bits < places.Length; bits++)
        {
            int next = 0;
            for (int i = 0; i < 8; i++)
            {
                ulong place = ((bits >> i) & 1) != 0 ? (ulong)next++ : 0xFF;
                places[bits] |= place << (8 * i);
            }
        }

        return places;
    }

    private static Vector128<byte> Double(ulong places)
    {
        Span<byte> wide = stackalloc byte[16];
        for (int i = 0; i < 8; i++)
        {
            byte place = (byte)(places >> (8 * i));
            (wide[2 * i], wide[(2 * i) + 1]) = place == 0xFF ? ((byte)0xFF, (byte)0xFF) : ((byte)(2 * place), (byte)((2 * place) + 1));
        }

        return Vector128.Create<byte>(wide);
    }

    private void ForRows(WorkerPool pool, int rows, Encode encode, Encode use) =>
        Ranges.For(pool, rows, RowBytes, (start, count) =>
        {
            using var whole = new NativeBuffer(RowBytes);
            new Span<byte>(whole.Pointer, RowBytes).Clear();
            for (int row = (int)start; row < start + count; row++)
            {
                encode(row, (byte*)whole.Pointer);
                use(row, (byte*)whole.Pointer);
            }
        });

    private long WriteMasks(int row, byte* whole)
    {
        long used = 0;
        ulong* mask = MasksOf(row);
        for (int i = 0; i < masksPerRow; i++)
        {
            mask[i] = 0;
            for (int bit = 0; bit < BitsPerMask; bit++)
            {
                mask[i] |= IsZero(whole, (i * BitsPerMask) + bit) ? 0 : 1UL << bit;
            }

            used += BitOperations.PopCount(mask[i]);
        }

        return used;
    }

    private void WriteValues(int row, byte* whole)
    {
        byte* value = ValuesOf(row);
        for (int i = 0; i < masksPerRow * BitsPerMask; i++)
        {
            if (!IsZero(whole, i))
            {
                new Span<byte>(whole + (i * elementBytes), elementBytes).CopyTo(new Span<byte>(value, elementBytes));
                value += elementBytes;
            }
        }
    }

    private bool IsZero(byte* whole, int element) => elementBytes == 1 ? whole[element] == 0 : ((ushort*)whole)[element] == 0;
}
