using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// The product of a row of weights with an input, both in blocks of 32: integers within a block, then each of its eight sums of four times
/// the factors of both is added to one of four float sums, block after block in turn. The same bits on every instruction set.
/// </summary>
internal static unsafe class Int8Product
{
    /// <summary>2 to the power of 112: what the exponent of a binary16 lacks as a float32's.</summary>
    private const float HalfBias = 5.192296858534828e33f;

    /// <summary>The product; <paramref name="blocks"/> is even, and what is read next lies <paramref name="ahead"/>.</summary>
    public static float Run(sbyte* weights, sbyte* input, int* starts, float* factors, nint blocks, byte* ahead) =>
        AvxVnni.IsSupported ? RunVnni(weights, input, starts, factors, blocks, ahead)
        : Avx2.IsSupported ? Run256(weights, input, factors, blocks, ahead)
        : Run128(weights, input, factors, blocks);

    /// <summary>Writes what sums of products with an input start at, eight words a block, where the machine's instructions want that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WriteStarts(sbyte* input, int* starts, nint blocks)
    {
        for (nint block = 0; block < blocks && AvxVnni.IsSupported; block++)
        {
            (Int8Dot.StartsVnni(Vector256.Load(input + (Int8Blocks.Size * block))) + Vector256.Create(Int8Tile.Start)).Store(starts + (8 * block));
        }
    }

    /// <summary>A binary16 that is not negative, as a float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Factor(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 13) * HalfBias;

    /// <summary><c>products[i] = weights[i] * inputs[i]</c>, weights in binary16 and not negative; the count is a multiple of 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Factors(ushort* weights, float* inputs, float* products, nint count)
    {
        var bias = Vector256.Create(HalfBias);
        for (nint i = 0; i < count; i += 8)
        {
            var words = Vector256.WidenLower(Vector128.Load(weights + i).ToVector256Unsafe());
            (Vector256.ShiftLeft(words, 13).AsSingle() * bias * Vector256.Load(inputs + i)).Store(products + i);
        }
    }

    /// <summary>With 256-bit vectors; needs AVX-VNNI.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float RunVnni(sbyte* weights, sbyte* input, int* starts, float* factors, nint blocks, byte* ahead)
    {
        var (a, b) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (c, d) = (a, a);
        nint block = 0;
        for (; block <= blocks - 4; block += 4)
        {
            Sse.Prefetch0(ahead);
            Sse.Prefetch0(ahead + 64);
            ahead += 128;
            a = AddVnni(weights, input, starts, factors + block, a);
            b = AddVnni(weights + 32, input + 32, starts + 8, factors + block + 1, b);
            c = AddVnni(weights + 64, input + 64, starts + 16, factors + block + 2, c);
            d = AddVnni(weights + 96, input + 96, starts + 24, factors + block + 3, d);
            weights += 128;
            input += 128;
            starts += 32;
        }

        if (block < blocks)
        {
            a = AddVnni(weights, input, starts, factors + block, a);
            b = AddVnni(weights + 32, input + 32, starts + 8, factors + block + 1, b);
        }

        var sum = (a + b) + (c + d);
        return Fold(sum.GetLower() + sum.GetUpper());
    }

    /// <summary>With 256-bit vectors; needs AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Run256(sbyte* weights, sbyte* input, float* factors, nint blocks, byte* ahead)
    {
        var (a, b) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (c, d) = (a, a);
        nint block = 0;
        for (; block <= blocks - 4; block += 4)
        {
            Sse.Prefetch0(ahead);
            Sse.Prefetch0(ahead + 64);
            ahead += 128;
            a = Add(weights, input, factors + block, a);
            b = Add(weights + 32, input + 32, factors + block + 1, b);
            c = Add(weights + 64, input + 64, factors + block + 2, c);
            d = Add(weights + 96, input + 96, factors + block + 3, d);
            weights += 128;
            input += 128;
        }

        if (block < blocks)
        {
            a = Add(weights, input, factors + block, a);
            b = Add(weights + 32, input + 32, factors + block + 1, b);
        }

        var sum = (a + b) + (c + d);
        return Fold(sum.GetLower() + sum.GetUpper());
    }

    /// <summary>With 128-bit vectors, or none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Run128(sbyte* weights, sbyte* input, float* factors, nint blocks)
    {
        var zero = Vector128<float>.Zero;
        var (a, b, c, d) = (zero, zero, zero, zero);
        var (e, f, g, h) = (zero, zero, zero, zero);
        nint block = 0;
        for (; block <= blocks - 4; block += 4)
        {
            a = AddHalf(weights, input, factors + block, a);
            e = AddHalf(weights + 16, input + 16, factors + block, e);
            b = AddHalf(weights + 32, input + 32, factors + block + 1, b);
            f = AddHalf(weights + 48, input + 48, factors + block + 1, f);
            c = AddHalf(weights + 64, input + 64, factors + block + 2, c);
            g = AddHalf(weights + 80, input + 80, factors + block + 2, g);
            d = AddHalf(weights + 96, input + 96, factors + block + 3, d);
            h = AddHalf(weights + 112, input + 112, factors + block + 3, h);
            weights += 128;
            input += 128;
        }

        if (block < blocks)
        {
            a = AddHalf(weights, input, factors + block, a);
            e = AddHalf(weights + 16, input + 16, factors + block, e);
            b = AddHalf(weights + 32, input + 32, factors + block + 1, b);
            f = AddHalf(weights + 48, input + 48, factors + block + 1, f);
        }

        return Fold(((a + b) + (c + d)) + ((e + f) + (g + h)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Add(sbyte* weights, sbyte* input, float* factor, Vector256<float> sum) => Vector256.FusedMultiplyAdd(
        Vector256.ConvertToSingle(Int8Dot.QuadsAvx2(Vector256.Load(weights), Vector256.Load(input))), Vector256.Create(*factor), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> AddVnni(sbyte* weights, sbyte* input, int* starts, float* factor, Vector256<float> sum) => Vector256.FusedMultiplyAdd(
        Int8Tile.ToFloats(Int8Dot.QuadsVnni(Vector256.Load(weights), Vector256.Load(input), Vector256.Load(starts))), Vector256.Create(*factor), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> AddHalf(sbyte* weights, sbyte* input, float* factor, Vector128<float> sum) => Vector128.FusedMultiplyAdd(
        Vector128.ConvertToSingle(Int8Dot.Quads(Vector128.Load(weights), Vector128.Load(input))), Vector128.Create(*factor), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Fold(Vector128<float> four) => (four[0] + four[2]) + (four[1] + four[3]);
}
