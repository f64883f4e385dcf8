using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>8 floats in a register of 256 bits.</summary>
internal readonly unsafe struct Float256 : IVector<Float256>
{
    private readonly Vector256<float> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float256(Vector256<float> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Create(float value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Load(float* source) => new(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadLowBFloat16(uint* source) => new(Vector256.ShiftLeft(Vector256.Load(source), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadHighBFloat16(uint* source) =>
        new((Vector256.Load(source) & Vector256.Create(0xFFFF_0000)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadLowFloat16(uint* source) => FromFloat16(Vector256.ShiftLeft(Vector256.Load(source), 16));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadHighFloat16(uint* source) => FromFloat16(Vector256.Load(source));

    /// <summary>Takes a vector over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 From(Vector256<float> lanes) => new(lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadBFloat16(ushort* source)
    {
        var halves = Vector128.Load(source);
        var words = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(halves).AsUInt32()
            : Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves));
        return new(Vector256.ShiftLeft(words, 16).AsSingle());
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadInt8(sbyte* source)
    {
        var bytes = Vector128.CreateScalar(*(ulong*)source).AsSByte();
        if (Avx2.IsSupported)
        {
            return new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(bytes)));
        }

        var shorts = Vector128.WidenLower(bytes);
        return new(Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts))));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LoadInt32(int* source) => new(Vector256.ConvertToSingle(Vector256.Load(source)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator +(Float256 left, Float256 right) => new(left.lanes + right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator -(Float256 left, Float256 right) => new(left.lanes - right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator *(Float256 left, Float256 right) => new(left.lanes * right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator /(Float256 left, Float256 right) => new(left.lanes / right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 MultiplyAdd(Float256 left, Float256 right, Float256 addend) =>
        new(Vector256.FusedMultiplyAdd(left.lanes, right.lanes, addend.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Min(Float256 limit, Float256 value) => new(Vector256.MinNative(limit.lanes, value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Max(Float256 limit, Float256 value) => new(Vector256.MaxNative(limit.lanes, value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Abs(Float256 value) => new(Vector256.Abs(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Sqrt(Float256 value) => new(Vector256.Sqrt(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 CopySign(Float256 magnitude, Float256 sign) => new(Vector256.CopySign(magnitude.lanes, sign.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 Round(Float256 value) => new(Vector256.Round(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 ScaleByPowerOfTwo(Float256 value, Float256 exponent)
    {
        // In two steps, since 2^exponent alone may be no normal number.
        var whole = Vector256.ConvertToInt32Native(exponent.lanes);
        var half = Vector256.ShiftRightArithmetic(whole, 1);
        return new(value.lanes * PowerOfTwo(half) * PowerOfTwo(whole - half));

        static Vector256<float> PowerOfTwo(Vector256<int> exponent) =>
            Vector256.ShiftLeft(exponent + Vector256.Create(127), 23).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 SelectLess(Float256 left, Float256 right, Float256 ifLess, Float256 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(left.lanes, right.lanes), ifLess.lanes, otherwise.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 CreateWord(uint word) => new(Vector256.Create(word).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 CountWords(uint first) => new((Vector256.Create(first) + Vector256<uint>.Indices).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 operator ^(Float256 left, Float256 right) => new(left.lanes ^ right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Float256 High, Float256 Low) MultiplyWords(Float256 words, Float256 factor)
    {
        var value = words.lanes.AsUInt32();
        var even = Products(value, factor.lanes.AsUInt32());
        var odd = Products(Vector256.ShiftRightLogical(value.AsUInt64(), 32).AsUInt32(), factor.lanes.AsUInt32());
        var high = Merge(Vector256.ShiftRightLogical(even, 32), odd);
        return (new(high), new(Merge(even, Vector256.ShiftLeft(odd, 32))));

        // Words at even places from the one, those at odd places from the other.
        static Vector256<float> Merge(Vector256<ulong> evenWords, Vector256<ulong> oddWords) => Avx.IsSupported
            ? Avx.Blend(evenWords.AsSingle(), oddWords.AsSingle(), 0b1010_1010)
            : Vector256.ConditionalSelect(Vector256.Create(0x0000_0000_FFFF_FFFFUL), evenWords, oddWords).AsSingle();

        // Of the words at even places.
        static Vector256<ulong> Products(Vector256<uint> left, Vector256<uint> right)
        {
            if (Avx2.IsSupported)
            {
                return Avx2.Multiply(left, right);
            }

            var low = Vector256.Create(0x0000_0000_FFFF_FFFFUL);
            return (left.AsUInt64() & low) * (right.AsUInt64() & low);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 LowerHalvesUp(Float256 words) => new(Vector256.ShiftLeft(words.lanes.AsUInt32(), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Float256 value)
    {
        var four = Vector128.MaxNative(value.lanes.GetLower(), value.lanes.GetUpper());
        var pairs = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 SelectBelow(Float256 words, Float256 bound, Float256 ifBelow, Float256 otherwise) =>
        new(Vector256.ConditionalSelect(
            Vector256.LessThan(words.lanes.AsUInt32(), bound.lanes.AsUInt32()).AsSingle(), ifBelow.lanes, otherwise.lanes));

    /// <summary>
    /// From binary16 in the upper halves of the words: moves exponent and mantissa into place, then corrects the exponent's bias by 2^112,
    /// which also makes subnormals right.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float256 FromFloat16(Vector256<uint> words)
    {
        var bits = Vector256.ShiftRightArithmetic(words.AsInt32(), 3).AsUInt32() & Vector256.Create(0x8FFF_E000);
        return new(bits.AsSingle() * Vector256.Create(5.192296858534828e33f));
    }
}
