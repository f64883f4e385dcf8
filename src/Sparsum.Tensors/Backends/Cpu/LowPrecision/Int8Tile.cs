using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// The innermost product of many inputs with a weight, both in blocks of 32: a panel of rows, three registers wide, with four inputs. Integers
/// within a block, then the sum of each row times the factors of both is added to its result, block after block.
/// </summary>
internal static unsafe class Int8Tile
{
    /// <summary>Inputs of a tile.</summary>
    public const int Tokens = 4;

    /// <summary>Registers of a panel: with four inputs twelve sums, which hide how long a product takes, and leave room among sixteen registers.</summary>
    public const int Registers = 3;

    /// <summary>What integer sums start at: the bits of 1.5 * 2^23. Sums below 2^22 in magnitude, and those of a block are, turn into floats by a subtraction.</summary>
    public const int Start = 0x4B40_0000;

    private const float StartAsFloat = 12_582_912;

    /// <summary>Bytes of each row that one step takes.</summary>
    public const int Quad = 4;

    /// <summary>Steps of a block.</summary>
    public const int Steps = Int8Blocks.Size / Quad;

    /// <summary>Sums that started at <see cref="Start"/> as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ToFloats(Vector256<int> sums) => sums.AsSingle() - Vector256.Create(StartAsFloat);

    /// <summary>The same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ToFloats(Vector512<int> sums) => sums.AsSingle() - Vector512.Create(StartAsFloat);

    /// <summary>The same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ToFloats(Vector128<int> sums) => sums.AsSingle() - Vector128.Create(StartAsFloat);

    /// <summary>Words of a block for each row besides its bytes.</summary>
    public const int HeadWords = 2;

    /// <summary>Adds the products of some blocks to <paramref name="output"/>.</summary>
    /// <param name="heads">For each block of a panel a word per row that sums start at, and a factor per row.</param>
    /// <param name="quads">For each block, four columns at a time, a word of four bytes per row.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="inputs">The first of four inputs in bytes, from the first block on.</param>
    /// <param name="inputStride">Bytes from one to the next.</param>
    /// <param name="factors">The factors of the first input's blocks.</param>
    /// <param name="factorStride">Floats from one input's to the next input's.</param>
    /// <param name="output">The results of four inputs with the panel, one input after the other.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add<TLanes, TFloats>(
        int* heads, int* quads, nint blocks, byte* inputs, nint inputStride, float* factors, nint factorStride, float* output)
        where TLanes : struct, IInt8Lanes<TLanes, TFloats>
        where TFloats : struct, IVector<TFloats>
    {
        int count = TFloats.Count;
        for (nint block = 0; block < blocks; block++)
        {
            var (a0, a1, a2) = (TLanes.Load(heads), TLanes.Load(heads + count), TLanes.Load(heads + (2 * count)));
            var (b0, b1, b2) = (a0, a1, a2);
            var (c0, c1, c2) = (a0, a1, a2);
            var (d0, d1, d2) = (a0, a1, a2);
            float* scale = (float*)heads + (3 * count);
            heads += 6 * count;
            for (int step = 0; step < Steps; step++)
            {
                var (w0, w1, w2) = (TLanes.Load(quads), TLanes.Load(quads + count), TLanes.Load(quads + (2 * count)));
                quads += 3 * count;
                var x = TLanes.Create(*(int*)inputs);
                a0 = TLanes.AddQuads(a0, w0, x);
                a1 = TLanes.AddQuads(a1, w1, x);
                a2 = TLanes.AddQuads(a2, w2, x);
                x = TLanes.Create(*(int*)(inputs + inputStride));
                b0 = TLanes.AddQuads(b0, w0, x);
                b1 = TLanes.AddQuads(b1, w1, x);
                b2 = TLanes.AddQuads(b2, w2, x);
                x = TLanes.Create(*(int*)(inputs + (2 * inputStride)));
                c0 = TLanes.AddQuads(c0, w0, x);
                c1 = TLanes.AddQuads(c1, w1, x);
                c2 = TLanes.AddQuads(c2, w2, x);
                x = TLanes.Create(*(int*)(inputs + (3 * inputStride)));
                d0 = TLanes.AddQuads(d0, w0, x);
                d1 = TLanes.AddQuads(d1, w1, x);
                d2 = TLanes.AddQuads(d2, w2, x);
                inputs += Quad;
            }

            var (s0, s1, s2) = (TFloats.Load(scale), TFloats.Load(scale + count), TFloats.Load(scale + (2 * count)));
            AddScaled<TLanes, TFloats>(a0, a1, a2, s0, s1, s2, factors[block], output);
            AddScaled<TLanes, TFloats>(b0, b1, b2, s0, s1, s2, factors[block + factorStride], output + (3 * count));
            AddScaled<TLanes, TFloats>(c0, c1, c2, s0, s1, s2, factors[block + (2 * factorStride)], output + (6 * count));
            AddScaled<TLanes, TFloats>(d0, d1, d2, s0, s1, s2, factors[block + (3 * factorStride)], output + (9 * count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled<TLanes, TFloats>(
        TLanes sum0, TLanes sum1, TLanes sum2, TFloats scale0, TFloats scale1, TFloats scale2, float factor, float* output)
        where TLanes : struct, IInt8Lanes<TLanes, TFloats>
        where TFloats : struct, IVector<TFloats>
    {
        var f = TFloats.Create(factor);
        int count = TFloats.Count;
        TFloats.MultiplyAdd(TLanes.ToFloats(sum0), scale0 * f, TFloats.Load(output)).Store(output);
        TFloats.MultiplyAdd(TLanes.ToFloats(sum1), scale1 * f, TFloats.Load(output + count)).Store(output + count);
        TFloats.MultiplyAdd(TLanes.ToFloats(sum2), scale2 * f, TFloats.Load(output + (2 * count))).Store(output + (2 * count));
    }
}
