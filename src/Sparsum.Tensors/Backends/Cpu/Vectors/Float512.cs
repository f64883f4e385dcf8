using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>16 floats in a register of 512 bits.</summary>
internal readonly unsafe struct Float512 : IVector<Float512>
{
    private readonly Vector512<float> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float512(Vector512<float> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Create(float value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Load(float* source) => new(Vector512.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadLowBFloat16(uint* source) => new(Vector512.ShiftLeft(Vector512.Load(source), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadHighBFloat16(uint* source) =>
        new((Vector512.Load(source) & Vector512.Create(0xFFFF_0000)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadLowFloat16(uint* source) => FromFloat16(Vector512.ShiftLeft(Vector512.Load(source), 16));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadHighFloat16(uint* source) => FromFloat16(Vector512.Load(source));

    /// <summary>Takes a vector over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 From(Vector512<float> lanes) => new(lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadBFloat16(ushort* source)
    {
        var halves = Vector256.Load(source);
        var words = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(halves)
            : Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
        return new(Vector512.ShiftLeft(words, 16).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadInt8(sbyte* source)
    {
        var bytes = Vector128.Load(source);
        if (Avx512F.IsSupported)
        {
            return new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(bytes)));
        }

        var shorts = Vector256.Create(Vector128.WidenLower(bytes), Vector128.WidenUpper(bytes));
        return new(Vector512.ConvertToSingle(Vector512.Create(Vector256.WidenLower(shorts), Vector256.WidenUpper(shorts))));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LoadInt32(int* source) => new(Vector512.ConvertToSingle(Vector512.Load(source)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator +(Float512 left, Float512 right) => new(left.lanes + right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator -(Float512 left, Float512 right) => new(left.lanes - right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator *(Float512 left, Float512 right) => new(left.lanes * right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator /(Float512 left, Float512 right) => new(left.lanes / right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 MultiplyAdd(Float512 left, Float512 right, Float512 addend) =>
        new(Vector512.FusedMultiplyAdd(left.lanes, right.lanes, addend.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Min(Float512 limit, Float512 value) => new(Vector512.MinNative(limit.lanes, value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Max(Float512 limit, Float512 value) => new(Vector512.MaxNative(limit.lanes, value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Abs(Float512 value) => new(Vector512.Abs(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Sqrt(Float512 value) => new(Vector512.Sqrt(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 CopySign(Float512 magnitude, Float512 sign) => new(Vector512.CopySign(magnitude.lanes, sign.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 Round(Float512 value) => new(Vector512.Round(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 ScaleByPowerOfTwo(Float512 value, Float512 exponent)
    {
        if (Avx512F.IsSupported)
        {
            return new(Avx512F.Scale(value.lanes, exponent.lanes));
        }

        // Only in tests, which run every width on any machine.
        var whole = Vector512.ConvertToInt32Native(exponent.lanes);
        var half = Vector512.ShiftRightArithmetic(whole, 1);
        return new(value.lanes * PowerOfTwo(half) * PowerOfTwo(whole - half));

        static Vector512<float> PowerOfTwo(Vector512<int> exponent) =>
            Vector512.ShiftLeft(exponent + Vector512.Create(127), 23).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 SelectLess(Float512 left, Float512 right, Float512 ifLess, Float512 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(left.lanes, right.lanes), ifLess.lanes, otherwise.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 CreateWord(uint word) => new(Vector512.Create(word).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 CountWords(uint first) => new((Vector512.Create(first) + Vector512<uint>.Indices).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 operator ^(Float512 left, Float512 right) => new(left.lanes ^ right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Float512 High, Float512 Low) MultiplyWords(Float512 words, Float512 factor)
    {
        var value = words.lanes.AsUInt32();
        var even = Products(value, factor.lanes.AsUInt32());
        var odd = Products(Vector512.ShiftRightLogical(value.AsUInt64(), 32).AsUInt32(), factor.lanes.AsUInt32());
        var low = Vector512.Create(0x0000_0000_FFFF_FFFFUL);
        var high = Vector512.ConditionalSelect(low, Vector512.ShiftRightLogical(even, 32), odd);
        return (new(high.AsSingle()), new(Vector512.ConditionalSelect(low, even, Vector512.ShiftLeft(odd, 32)).AsSingle()));

        // Of the words at even places.
        static Vector512<ulong> Products(Vector512<uint> left, Vector512<uint> right)
        {
            if (Avx512F.IsSupported)
            {
                return Avx512F.Multiply(left, right);
            }

            var low = Vector512.Create(0x0000_0000_FFFF_FFFFUL);
            return (left.AsUInt64() & low) * (right.AsUInt64() & low);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 LowerHalvesUp(Float512 words) => new(Vector512.ShiftLeft(words.lanes.AsUInt32(), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Float512 value)
    {
        var eight = Vector256.MaxNative(value.lanes.GetLower(), value.lanes.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        var pairs = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 SelectBelow(Float512 words, Float512 bound, Float512 ifBelow, Float512 otherwise) =>
        new(Vector512.ConditionalSelect(
            Vector512.LessThan(words.lanes.AsUInt32(), bound.lanes.AsUInt32()).AsSingle(), ifBelow.lanes, otherwise.lanes));

    /// <summary>
    /// From binary16 in the upper halves of the words: moves exponent and mantissa into place, then corrects the exponent's bias by 2^112,
    /// which also makes subnormals right.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float512 FromFloat16(Vector512<uint> words)
    {
        var bits = Vector512.ShiftRightArithmetic(words.AsInt32(), 3).AsUInt32() & Vector512.Create(0x8FFF_E000);
        return new(bits.AsSingle() * Vector512.Create(5.192296858534828e33f));
    }
}
