using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>One float, for machines without vectors and as the plainest reading of every kernel.</summary>
internal readonly unsafe struct Float32 : IVector<Float32>
{
    private readonly float lane;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Float32(float lane) => this.lane = lane;

    /// <inheritdoc/>
    public static int Count => 1;

    /// <summary>The float.</summary>
    public float Value => lane;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 Create(float value) => new(value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 Load(float* source) => new(*source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LoadLowBFloat16(uint* source) => new(BitConverter.UInt32BitsToSingle(*source << 16));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LoadHighBFloat16(uint* source) => new(BitConverter.UInt32BitsToSingle(*source & 0xFFFF_0000));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LoadLowFloat16(uint* source) => new((float)BitConverter.UInt16BitsToHalf((ushort)*source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LoadHighFloat16(uint* source) => new((float)BitConverter.UInt16BitsToHalf((ushort)(*source >> 16)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LoadBFloat16(ushort* source) => new(BitConverter.UInt32BitsToSingle((uint)*source << 16));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LoadInt8(sbyte* source) => new(*source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LoadInt32(int* source) => new(*source);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* destination) => *destination = lane;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 operator +(Float32 left, Float32 right) => new(left.lane + right.lane);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 operator -(Float32 left, Float32 right) => new(left.lane - right.lane);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 operator *(Float32 left, Float32 right) => new(left.lane * right.lane);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 operator /(Float32 left, Float32 right) => new(left.lane / right.lane);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 MultiplyAdd(Float32 left, Float32 right, Float32 addend) =>
        new(MathF.FusedMultiplyAdd(left.lane, right.lane, addend.lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 Min(Float32 limit, Float32 value) => SelectLess(limit, value, limit, value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 Max(Float32 limit, Float32 value) => SelectLess(value, limit, limit, value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 Abs(Float32 value) => new(MathF.Abs(value.lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 Sqrt(Float32 value) => new(MathF.Sqrt(value.lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 CopySign(Float32 magnitude, Float32 sign) => new(MathF.CopySign(magnitude.lane, sign.lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 Round(Float32 value) => new(MathF.Round(value.lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 ScaleByPowerOfTwo(Float32 value, Float32 exponent) =>
        new(MathF.ScaleB(value.lane, (int)exponent.lane));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 SelectLess(Float32 left, Float32 right, Float32 ifLess, Float32 otherwise) =>
        left.lane < right.lane ? ifLess : otherwise;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 CreateWord(uint word) => new(BitConverter.UInt32BitsToSingle(word));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 CountWords(uint first) => CreateWord(first);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 operator ^(Float32 left, Float32 right) => CreateWord(Word(left) ^ Word(right));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Float32 High, Float32 Low) MultiplyWords(Float32 words, Float32 factor)
    {
        ulong product = (ulong)Word(words) * Word(factor);
        return (CreateWord((uint)(product >> 32)), CreateWord((uint)product));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 LowerHalvesUp(Float32 words) => CreateWord(Word(words) << 16);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxAcross(Float32 value) => value.lane;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32 SelectBelow(Float32 words, Float32 bound, Float32 ifBelow, Float32 otherwise) =>
        Word(words) < Word(bound) ? ifBelow : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Word(Float32 value) => BitConverter.SingleToUInt32Bits(value.lane);
}
