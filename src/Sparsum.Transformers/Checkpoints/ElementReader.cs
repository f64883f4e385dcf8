using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>Converts stored elements, little endian, to float32 or to 64-bit integers.</summary>
internal static class ElementReader
{
    private static readonly float[] F8E4M3Values = [.. Enumerable.Range(0, 256).Select(code => DecodeF8E4M3((byte)code))];

    /// <summary>
    /// Widens or converts elements of any readable type. Exact but for F64 and integers above 2^24, which are rounded to nearest even.
    /// </summary>
    public static void ToFloats(TensorDataType type, ReadOnlySpan<byte> bytes, Span<float> destination)
    {
        switch (type)
        {
            case TensorDataType.F32:
                bytes.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorDataType.BF16:
                HalfPrecision.WidenBFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
                break;
            case TensorDataType.F16:
                HalfPrecision.WidenFloat16(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
                break;
            case TensorDataType.F64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(bytes), destination);
                break;
            case TensorDataType.F8E5M2:
                for (int i = 0; i < bytes.Length; i++)
                {
                    // The upper half of an IEEE binary16.
                    destination[i] = (float)BitConverter.UInt16BitsToHalf((ushort)(bytes[i] << 8));
                }

                break;
            case TensorDataType.F8E4M3:
                for (int i = 0; i < bytes.Length; i++)
                {
                    destination[i] = F8E4M3Values[bytes[i]];
                }

                break;
            case TensorDataType.Bool:
                for (int i = 0; i < bytes.Length; i++)
                {
                    destination[i] = bytes[i] == 0 ? 0 : 1;
                }

                break;
            case TensorDataType.I64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, long>(bytes), destination);
                break;
            case TensorDataType.I32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, int>(bytes), destination);
                break;
            case TensorDataType.I16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, short>(bytes), destination);
                break;
            case TensorDataType.I8:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, sbyte>(bytes), destination);
                break;
            case TensorDataType.U64:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ulong>(bytes), destination);
                break;
            case TensorDataType.U32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, uint>(bytes), destination);
                break;
            case TensorDataType.U16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
                break;
            case TensorDataType.U8:
                TensorPrimitives.ConvertTruncating(bytes, destination);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type that can be read as numbers.");
        }
    }

    /// <summary>Converts elements of an integer type; U64 keeps its bits, so that values above 2^63 - 1 come out negative.</summary>
    public static void ToIntegers(TensorDataType type, ReadOnlySpan<byte> bytes, Span<long> destination)
    {
        switch (type)
        {
            case TensorDataType.I64 or TensorDataType.U64:
                bytes.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorDataType.I32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, int>(bytes), destination);
                break;
            case TensorDataType.I16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, short>(bytes), destination);
                break;
            case TensorDataType.I8:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, sbyte>(bytes), destination);
                break;
            case TensorDataType.U32:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, uint>(bytes), destination);
                break;
            case TensorDataType.U16:
                TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, ushort>(bytes), destination);
                break;
            case TensorDataType.U8:
                TensorPrimitives.ConvertTruncating(bytes, destination);
                break;
            case TensorDataType.Bool:
                for (int i = 0; i < bytes.Length; i++)
                {
                    destination[i] = bytes[i] == 0 ? 0 : 1;
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not an integer type.");
        }
    }

    // The "FN" variant (Micikevicius et al. 2022, "FP8 formats for deep learning"): bias 7, no infinities, NaN only where all bits are set.
    private static float DecodeF8E4M3(byte code)
    {
        int exponent = (code >> 3) & 15;
        int mantissa = code & 7;
        float magnitude = (code & 0x7F) == 0x7F ? float.NaN
            : exponent == 0 ? mantissa * MathF.ScaleB(1, -9)
            : (8 + mantissa) * MathF.ScaleB(1, exponent - 10);
        return (code & 0x80) == 0 ? magnitude : -magnitude;
    }
}
