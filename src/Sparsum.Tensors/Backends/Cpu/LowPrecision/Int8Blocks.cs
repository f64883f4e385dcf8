using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Numbers as 8-bit integers in blocks of 32 with a factor each. Inputs are turned into such blocks as they come: with a block's largest
/// magnitude m, a value is off by at most m / 254.
/// </summary>
internal static unsafe class Int8Blocks
{
    /// <summary>Numbers of a block.</summary>
    public const int Size = 32;

    /// <summary>The largest integer; -128 is left out, so that every integer has its negative.</summary>
    public const float Largest = 127;

    /// <summary>A block below this magnitude counts as zeros, because the reciprocal of its factor has no number.</summary>
    internal const float Least = 1e-30f;

    internal const uint Infinity = 0x7F80_0000;

    /// <summary>Columns rounded up to whole pairs of blocks.</summary>
    public static int Padded(int columns) => (columns + (2 * Size) - 1) / (2 * Size) * 2 * Size;

    /// <summary>Factors of a row, rounded up so that vectors find whole groups.</summary>
    public static int FactorStride(int columns) => ((Padded(columns) / Size) + 7) / 8 * 8;

    /// <summary>Turns an input into blocks. A block with NaN or infinity gets the factor NaN, and so do all results that it is part of.</summary>
    /// <param name="input"><c>[columns]</c>.</param>
    /// <param name="columns">Number of inputs.</param>
    /// <param name="integers">Receives <see cref="Padded"/> integers.</param>
    /// <param name="factors">Receives <see cref="FactorStride"/> factors, 0 behind the last block.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* input, int columns, sbyte* integers, float* factors)
    {
        float* last = stackalloc float[Size];
        int blocks = FactorStride(columns);
        for (int block = 0; block < blocks; block++)
        {
            int start = block * Size;
            float* x = input + start;
            if (start >= columns)
            {
                factors[block] = 0;
                if (start < Padded(columns))
                {
                    new Span<sbyte>(integers + start, Size).Clear();
                }

                continue;
            }

            if (start + Size > columns)
            {
                new Span<float>(last, Size).Clear();
                new Span<float>(x, columns - start).CopyTo(new Span<float>(last, Size));
                x = last;
            }

            factors[block] = QuantizeBlock(x, integers + start);
        }
    }

    /// <summary>Adds 128 to each of some integers; the count is a multiple of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MakeUnsigned(byte* integers, int count)
    {
        for (int i = 0; i < count; i += Size)
        {
            (Vector256.Load(integers + i) ^ Vector256.Create((byte)128)).Store(integers + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float QuantizeBlock(float* x, sbyte* integers)
    {
        var (a, b, c, d) = (Vector256.Load(x), Vector256.Load(x + 8), Vector256.Load(x + 16), Vector256.Load(x + 24));

        // Magnitudes order as their bits do, and above all of them stand infinity and NaN.
        var bits = Vector256.Max(Vector256.Max(Magnitude(a), Magnitude(b)), Vector256.Max(Magnitude(c), Magnitude(d)));
        var half = Vector128.Max(bits.GetLower(), bits.GetUpper());
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2u, 3, 0, 1)));
        uint most = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(1u, 0, 3, 2))).ToScalar();
        float largest = BitConverter.UInt32BitsToSingle(most);
        if (most >= Infinity || largest < Least)
        {
            new Span<sbyte>(integers, Size).Clear();
            return most >= Infinity ? float.NaN : 0;
        }

        var inverse = Vector256.Create(Largest / largest);
        Narrow(Nearest(a * inverse), Nearest(b * inverse), Nearest(c * inverse), Nearest(d * inverse)).Store(integers);
        return largest / Largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<uint> Magnitude(Vector256<float> values) => values.AsUInt32() & Vector256.Create(0x7FFF_FFFFu);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Nearest(Vector256<float> values) => Vector256.ConvertToInt32Native(Vector256.Round(values));

    /// <summary>Integers that fit into bytes, as bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<sbyte> Narrow(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) => Avx2.IsSupported
        ? Avx2.PermuteVar8x32(
            Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d)).AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte()
        : Vector256.Narrow(Vector256.Narrow(a, b), Vector256.Narrow(c, d));
}
