using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>
/// Widens stored blocks to float32, bit for bit as the reference does: quantised value times scale, then minus the minimum, each rounded
/// once.
/// </summary>
internal static class BlockReader
{
    private static readonly Vector128<sbyte> UnevenSteps = Vector128.Create(
        (sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    private delegate void Block(ref byte block, ref float values);

    /// <summary>Widens whole blocks.</summary>
    public static void Widen(GgufTensorType type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (type)
        {
            case GgufTensorType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(values));
                break;
            case GgufTensorType.F16:
                HalfPrecision.WidenFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), values);
                break;
            case GgufTensorType.BF16:
                HalfPrecision.WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), values);
                break;
            default:
                Each(type, bytes, values, type switch
                {
                    GgufTensorType.Q4_0 => Four0,
                    GgufTensorType.Q4_1 => Four1,
                    GgufTensorType.Q5_0 => Five0,
                    GgufTensorType.Q5_1 => Five1,
                    GgufTensorType.Q8_0 => Eight0,
                    GgufTensorType.IQ4_NL => Uneven,
                    GgufTensorType.Q2_K => SuperBlockReader.Two,
                    GgufTensorType.Q3_K => SuperBlockReader.Three,
                    GgufTensorType.Q4_K => SuperBlockReader.Four,
                    GgufTensorType.Q5_K => SuperBlockReader.Five,
                    GgufTensorType.Q6_K => SuperBlockReader.Six,
                    GgufTensorType.IQ4_XS => UnevenSuperBlock,
                    _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of blocks."),
                });
                break;
        }
    }

    /// <summary>A binary16 at an offset of a block, widened.</summary>
    public static float Half(ref byte block, int offset) =>
        (float)BinaryPrimitives.ReadHalfLittleEndian(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref block, offset), 2));

    /// <summary>Sixteen bytes at an offset of a block.</summary>
    public static Vector128<byte> Bytes(ref byte block, int offset) => Vector128.LoadUnsafe(ref block, (nuint)offset);

    /// <summary>Writes sixteen values <c>quantised * scale - minimum</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<sbyte> quantised, float scale, float minimum, ref float values, int offset)
    {
        var (low, high) = Vector128.Widen(quantised);
        var factor = Vector128.Create(scale);
        var shift = Vector128.Create(minimum);
        var (first, second) = Vector128.Widen(low);
        var (third, fourth) = Vector128.Widen(high);
        ref float at = ref Unsafe.Add(ref values, offset);
        ((Vector128.ConvertToSingle(first) * factor) - shift).StoreUnsafe(ref at);
        ((Vector128.ConvertToSingle(second) * factor) - shift).StoreUnsafe(ref at, 4);
        ((Vector128.ConvertToSingle(third) * factor) - shift).StoreUnsafe(ref at, 8);
        ((Vector128.ConvertToSingle(fourth) * factor) - shift).StoreUnsafe(ref at, 12);
    }

    /// <summary>Writes sixteen values <c>quantised * scale</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<sbyte> quantised, float scale, ref float values, int offset)
    {
        var (low, high) = Vector128.Widen(quantised);
        var factor = Vector128.Create(scale);
        var (first, second) = Vector128.Widen(low);
        var (third, fourth) = Vector128.Widen(high);
        ref float at = ref Unsafe.Add(ref values, offset);
        (Vector128.ConvertToSingle(first) * factor).StoreUnsafe(ref at);
        (Vector128.ConvertToSingle(second) * factor).StoreUnsafe(ref at, 4);
        (Vector128.ConvertToSingle(third) * factor).StoreUnsafe(ref at, 8);
        (Vector128.ConvertToSingle(fourth) * factor).StoreUnsafe(ref at, 12);
    }

    /// <summary>The lower four bits of each byte.</summary>
    public static Vector128<byte> Low(Vector128<byte> bytes) => bytes & Vector128.Create((byte)0x0F);

    /// <summary>The upper four bits of each byte.</summary>
    public static Vector128<byte> High(Vector128<byte> bytes) => Low(bytes >>> 4);

    private static void Each(GgufTensorType type, ReadOnlySpan<byte> bytes, Span<float> values, Block widen)
    {
        int blockBytes = type.BlockBytes();
        int blockElements = type.BlockElements();
        int count = bytes.Length / blockBytes;
        values = values[..(count * blockElements)];
        ref byte block = ref MemoryMarshal.GetReference(bytes);
        ref float to = ref MemoryMarshal.GetReference(values);
        for (int i = 0; i < count; i++)
        {
            widen(ref Unsafe.Add(ref block, i * blockBytes), ref Unsafe.Add(ref to, i * blockElements));
        }
    }

    private static void Four0(ref byte block, ref float values)
    {
        float scale = Half(ref block, 0);
        var bytes = Bytes(ref block, 2);
        var middle = Vector128.Create((sbyte)8);
        Store(Low(bytes).AsSByte() - middle, scale, ref values, 0);
        Store(High(bytes).AsSByte() - middle, scale, ref values, 16);
    }

    private static void Four1(ref byte block, ref float values)
    {
        // A minimum that is added is one of the other sign that is taken away.
        var (scale, minimum) = (Half(ref block, 0), -Half(ref block, 2));
        var bytes = Bytes(ref block, 4);
        Store(Low(bytes).AsSByte(), scale, minimum, ref values, 0);
        Store(High(bytes).AsSByte(), scale, minimum, ref values, 16);
    }

    private static void Five0(ref byte block, ref float values)
    {
        float scale = Half(ref block, 0);
        var bytes = Bytes(ref block, 6);
        var middle = Vector128.Create((sbyte)16);
        Store((Low(bytes) | FifthBits(ref block, 2)).AsSByte() - middle, scale, ref values, 0);
        Store((High(bytes) | FifthBits(ref block, 4)).AsSByte() - middle, scale, ref values, 16);
    }

    private static void Five1(ref byte block, ref float values)
    {
        var (scale, minimum) = (Half(ref block, 0), -Half(ref block, 2));
        var bytes = Bytes(ref block, 8);
        Store((Low(bytes) | FifthBits(ref block, 4)).AsSByte(), scale, minimum, ref values, 0);
        Store((High(bytes) | FifthBits(ref block, 6)).AsSByte(), scale, minimum, ref values, 16);
    }

    // Sixteen bits, each the fifth of one value: value i looks at bit i % 8 of the first or second byte.
    private static Vector128<byte> FifthBits(ref byte block, int offset)
    {
        var bits = Vector128.Create((byte)1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
        var spread = Vector128.Create(
            Vector64.Create(Unsafe.Add(ref block, offset)), Vector64.Create(Unsafe.Add(ref block, offset + 1)));
        return Vector128.Equals(spread & bits, bits) & Vector128.Create((byte)16);
    }

    private static void Eight0(ref byte block, ref float values)
    {
        float scale = Half(ref block, 0);
        Store(Bytes(ref block, 2).AsSByte(), scale, ref values, 0);
        Store(Bytes(ref block, 18).AsSByte(), scale, ref values, 16);
    }

    private static void Uneven(ref byte block, ref float values) => Uneven(Bytes(ref block, 2), Half(ref block, 0), ref values, 0);

    private static void Uneven(Vector128<byte> bytes, float scale, ref float values, int offset)
    {
        Store(Vector128.Shuffle(UnevenSteps, Low(bytes).AsSByte()), scale, ref values, offset);
        Store(Vector128.Shuffle(UnevenSteps, High(bytes).AsSByte()), scale, ref values, offset + 16);
    }

    private static void UnevenSuperBlock(ref byte block, ref float values)
    {
        float scale = Half(ref block, 0);
        int highBits = Unsafe.Add(ref block, 2) | (Unsafe.Add(ref block, 3) << 8);
        for (int i = 0; i < 8; i++)
        {
            int low = (Unsafe.Add(ref block, 4 + (i / 2)) >> (4 * (i % 2))) & 0xF;
            int high = (highBits >> (2 * i)) & 3;
            Uneven(Bytes(ref block, 8 + (16 * i)), scale * ((low | (high << 4)) - 32), ref values, 32 * i);
        }
    }
}
