using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sparsum.Tensors.Numerics;

/// <summary>
/// Conversions between float32 and the two 16-bit formats, a vector at a time. Elements of 16-bit spans are the raw bits.
/// </summary>
public static class HalfPrecision
{
    // A binary16 moved to the place of a binary32's exponent and mantissa is too small by the difference of the biases, 2^112.
    private const float Float16Rescale = 5.192296858534828e33f;

    /// <summary>bfloat16 to float32, exact.</summary>
    public static void WidenBFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ref ushort from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)i), out var low, out var high);
            Vector.AsVectorSingle(low << 16).StoreUnsafe(ref to, (nuint)i);
            Vector.AsVectorSingle(high << 16).StoreUnsafe(ref to, (nuint)(i + Vector<float>.Count));
        }

        for (; i < source.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
        }
    }

    /// <summary>binary16 to float32, exact; NaNs keep their sign and payload.</summary>
    public static void WidenFloat16(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ref ushort from = ref MemoryMarshal.GetReference(source);
        ref float to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref from, (nuint)i), out var low, out var high);
            WidenFloat16(low).StoreUnsafe(ref to, (nuint)i);
            WidenFloat16(high).StoreUnsafe(ref to, (nuint)(i + Vector<float>.Count));
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
        }
    }

    /// <summary>float32 to bfloat16, rounded to nearest even; values beyond the largest finite one become infinite.</summary>
    public static void NarrowToBFloat16(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        ref float from = ref MemoryMarshal.GetReference(source);
        ref ushort to = ref MemoryMarshal.GetReference(destination[..source.Length]);
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            var low = NarrowToBFloat16(Vector.LoadUnsafe(ref from, (nuint)i));
            var high = NarrowToBFloat16(Vector.LoadUnsafe(ref from, (nuint)(i + Vector<float>.Count)));
            Vector.Narrow(low, high).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (ushort)NarrowToBFloat16(new Vector<float>(source[i]))[0];
        }
    }

    /// <summary>float32 to binary16, rounded to nearest even; values beyond the largest finite one become infinite.</summary>
    public static void NarrowToFloat16(ReadOnlySpan<float> source, Span<ushort> destination) =>
        TensorPrimitives.ConvertToHalf(source, MemoryMarshal.Cast<ushort, Half>(destination));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> NarrowToBFloat16(Vector<float> value)
    {
        var bits = Vector.AsVectorUInt32(value);
        var rounded = bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One);

        // Rounding could carry a NaN's payload into the sign; a set quiet bit keeps it one.
        var quiet = bits | new Vector<uint>(0x0040_0000);
        var isNumber = Vector.AsVectorUInt32(Vector.Equals(value, value));
        return Vector.ConditionalSelect(isNumber, rounded, quiet) >> 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> WidenFloat16(Vector<uint> half)
    {
        var magnitude = (half & new Vector<uint>(0x7FFF)) << 13;
        var sign = (half & new Vector<uint>(0x8000)) << 16;
        var finite = Vector.AsVectorUInt32(Vector.AsVectorSingle(magnitude) * new Vector<float>(Float16Rescale));
        var special = magnitude | new Vector<uint>(0x7F80_0000);
        var isSpecial = Vector.GreaterThanOrEqual(magnitude, new Vector<uint>(0x7C00 << 13));
        return Vector.AsVectorSingle(Vector.ConditionalSelect(isSpecial, special, finite) | sign);
    }
}
