using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>4 floats in a register of 128 bits.</summary>
internal readonly unsafe struct Float128 : IVector<Float128>
{
    private readonly Vector128<float> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float128(Vector128<float> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Create(float value) => new(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Load(float* source) => new(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadLowBFloat16(uint* source) => new(Vector128.ShiftLeft(Vector128.Load(source), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadHighBFloat16(uint* source) =>
        new((Vector128.Load(source) & Vector128.Create(0xFFFF_0000)).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadLowFloat16(uint* source) => FromFloat16(Vector128.ShiftLeft(Vector128.Load(source), 16));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadHighFloat16(uint* source) => FromFloat16(Vector128.Load(source));

    /// <summary>Takes a vector over.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 From(Vector128<float> lanes) => new(lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadBFloat16(ushort* source) =>
        new(Vector128.ShiftLeft(Vector128.WidenLower(Vector128.CreateScalar(*(ulong*)source).AsUInt16()), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadInt8(sbyte* source) =>
        new(Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalar(*(uint*)source).AsSByte()))));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LoadInt32(int* source) => new(Vector128.ConvertToSingle(Vector128.Load(source)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator +(Float128 left, Float128 right) => new(left.lanes + right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator -(Float128 left, Float128 right) => new(left.lanes - right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator *(Float128 left, Float128 right) => new(left.lanes * right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator /(Float128 left, Float128 right) => new(left.lanes / right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 MultiplyAdd(Float128 left, Float128 right, Float128 addend) =>
        new(Vector128.FusedMultiplyAdd(left.lanes, right.lanes, addend.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Min(Float128 limit, Float128 value) => new(Vector128.MinNative(limit.lanes, value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Max(Float128 limit, Float128 value) => new(Vector128.MaxNative(limit.lanes, value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Abs(Float128 value) => new(Vector128.Abs(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Sqrt(Float128 value) => new(Vector128.Sqrt(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 CopySign(Float128 magnitude, Float128 sign) => new(Vector128.CopySign(magnitude.lanes, sign.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 Round(Float128 value) => new(Vector128.Round(value.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 ScaleByPowerOfTwo(Float128 value, Float128 exponent)
    {
        // In two steps, since 2^exponent alone may be no normal number.
        var whole = Vector128.ConvertToInt32Native(exponent.lanes);
        var half = Vector128.ShiftRightArithmetic(whole, 1);
        return new(value.lanes * PowerOfTwo(half) * PowerOfTwo(whole - half));

        static Vector128<float> PowerOfTwo(Vector128<int> exponent) =>
            Vector128.ShiftLeft(exponent + Vector128.Create(127), 23).AsSingle();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 SelectLess(Float128 left, Float128 right, Float128 ifLess, Float128 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(left.lanes, right.lanes), ifLess.lanes, otherwise.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 CreateWord(uint word) => new(Vector128.Create(word).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 CountWords(uint first) => new((Vector128.Create(first) + Vector128<uint>.Indices).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 operator ^(Float128 left, Float128 right) => new(left.lanes ^ right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Float128 High, Float128 Low) MultiplyWords(Float128 words, Float128 factor)
    {
        var value = words.lanes.AsUInt32();
        var even = Products(value, factor.lanes.AsUInt32());
        var odd = Products(Vector128.ShiftRightLogical(value.AsUInt64(), 32).AsUInt32(), factor.lanes.AsUInt32());
        var high = Merge(Vector128.ShiftRightLogical(even, 32), odd);
        return (new(high), new(Merge(even, Vector128.ShiftLeft(odd, 32))));

        // Words at even places from the one, those at odd places from the other.
        static Vector128<float> Merge(Vector128<ulong> evenWords, Vector128<ulong> oddWords) => Sse41.IsSupported
            ? Sse41.Blend(evenWords.AsSingle(), oddWords.AsSingle(), 0b1010)
            : Vector128.ConditionalSelect(Vector128.Create(0x0000_0000_FFFF_FFFFUL), evenWords, oddWords).AsSingle();

        // Of the words at even places.
        static Vector128<ulong> Products(Vector128<uint> left, Vector128<uint> right)
        {
            if (Sse2.IsSupported)
            {
                return Sse2.Multiply(left, right);
            }

            var low = Vector128.Create(0x0000_0000_FFFF_FFFFUL);
            return (left.AsUInt64() & low) * (right.AsUInt64() & low);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 LowerHalvesUp(Float128 words) => new(Vector128.ShiftLeft(words.lanes.AsUInt32(), 16).AsSingle());

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Float128 value)
    {
        var pairs = Vector128.MaxNative(value.lanes, Vector128.Shuffle(value.lanes, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(pairs, Vector128.Shuffle(pairs, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 SelectBelow(Float128 words, Float128 bound, Float128 ifBelow, Float128 otherwise) =>
        new(Vector128.ConditionalSelect(
            Vector128.LessThan(words.lanes.AsUInt32(), bound.lanes.AsUInt32()).AsSingle(), ifBelow.lanes, otherwise.lanes));

    /// <summary>
    /// From binary16 in the upper halves of the words: moves exponent and mantissa into place, then corrects the exponent's bias by 2^112,
    /// which also makes subnormals right.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float128 FromFloat16(Vector128<uint> words)
    {
        var bits = Vector128.ShiftRightArithmetic(words.AsInt32(), 3).AsUInt32() & Vector128.Create(0x8FFF_E000);
        return new(bits.AsSingle() * Vector128.Create(5.192296858534828e33f));
    }
}
