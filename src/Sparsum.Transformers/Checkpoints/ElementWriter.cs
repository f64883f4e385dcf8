using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>Rounds float32 values and narrows integers to stored elements, little endian.</summary>
internal static class ElementWriter
{
    /// <summary>Rounds to nearest even.</summary>
    /// <returns>The index of the first finite value that became infinite, or -1.</returns>
    public static int FromFloats(TensorDataType type, ReadOnlySpan<float> values, Span<byte> destination)
    {
        switch (type)
        {
            case TensorDataType.F64:
                TensorPrimitives.ConvertTruncating(values, MemoryMarshal.Cast<byte, double>(destination));
                return -1;
            case TensorDataType.F32:
                MemoryMarshal.AsBytes(values).CopyTo(destination);
                return -1;
            case TensorDataType.F16:
                var halves = MemoryMarshal.Cast<byte, ushort>(destination);
                HalfPrecision.NarrowToFloat16(values, halves);
                return FindOverflow(values, halves, 0x7C00);
            case TensorDataType.BF16:
                var upperHalves = MemoryMarshal.Cast<byte, ushort>(destination);
                HalfPrecision.NarrowToBFloat16(values, upperHalves);
                return FindOverflow(values, upperHalves, 0x7F80);
            default:
                throw new ArgumentException($"Values cannot be rounded to {type.SafetensorsName()}; write its bytes.", nameof(type));
        }
    }

    /// <summary>Narrows integers.</summary>
    /// <returns>The index of the first one that does not fit, or -1.</returns>
    public static int FromIntegers(TensorDataType type, ReadOnlySpan<long> values, Span<byte> destination)
    {
        var (low, high) = Range(type);
        int misfit = values.IndexOfAnyExceptInRange(low, high);
        if (misfit >= 0)
        {
            return misfit;
        }

        int size = type.BitCount() / 8;
        for (int i = 0; i < values.Length; i++)
        {
            // Two's complement: the low bytes of a value that fits are the value in the narrower type.
            MemoryMarshal.AsBytes(values.Slice(i, 1))[..size].CopyTo(destination[(i * size)..]);
        }

        return -1;
    }

    private static (long Low, long High) Range(TensorDataType type) => type switch
    {
        TensorDataType.I64 => (long.MinValue, long.MaxValue),
        TensorDataType.I32 => (int.MinValue, int.MaxValue),
        TensorDataType.I16 => (short.MinValue, short.MaxValue),
        TensorDataType.I8 => (sbyte.MinValue, sbyte.MaxValue),
        TensorDataType.U64 => (0, long.MaxValue),
        TensorDataType.U32 => (0, uint.MaxValue),
        TensorDataType.U16 => (0, ushort.MaxValue),
        TensorDataType.U8 => (0, byte.MaxValue),
        TensorDataType.Bool => (0, 1),
        _ => throw new ArgumentException($"{type.SafetensorsName()} does not hold integers.", nameof(type)),
    };

    private static int FindOverflow(ReadOnlySpan<float> values, ReadOnlySpan<ushort> rounded, ushort infinity)
    {
        ushort negative = (ushort)(infinity | 0x8000);
        for (int i = 0; i < values.Length; i++)
        {
            int next = rounded[i..].IndexOfAny(infinity, negative);
            if (next < 0)
            {
                return -1;
            }

            i += next;
            if (float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
