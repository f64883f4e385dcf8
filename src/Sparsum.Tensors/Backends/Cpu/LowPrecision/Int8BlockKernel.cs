using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Four inputs by a panel that is three registers wide: twelve sums, which hide how long a product takes, and leave room among sixteen registers.</summary>
internal sealed unsafe class Int8BlockKernel<TLanes, TFloats> : IInt8BlockKernel
    where TLanes : struct, IInt8Lanes<TLanes, TFloats>
    where TFloats : struct, IVector<TFloats>
{
    /// <inheritdoc/>
    public int Width => 3 * TFloats.Count;

    /// <inheritdoc/>
    public int Tokens => 4;

    /// <inheritdoc/>
    public int InputOffset => TLanes.InputOffset;

    /// <inheritdoc/>
    public void WriteStarts(int* quads, int* starts)
    {
        for (int lane = 0; lane < Width; lane += TFloats.Count)
        {
            TLanes.Starts(quads + lane, Width).Store(starts + lane);
        }
    }

    /// <inheritdoc/>
    public void Add(int* heads, int* quads, int blocks, Int8Inputs inputs, int token, int count, int firstBlock, float* output) => Add(
        heads, quads, blocks, inputs.Integers(token) + (firstBlock * Int8Blocks.Size), inputs.Stride, inputs.Factors(token) + firstBlock,
        inputs.FactorStride, output);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(int* heads, int* quads, nint blocks, byte* inputs, nint inputStride, float* factors, nint factorStride, float* output)
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
            for (int step = 0; step < Int8Tile.Steps; step++)
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
                inputs += Int8Tile.Quad;
            }

            var (s0, s1, s2) = (TFloats.Load(scale), TFloats.Load(scale + count), TFloats.Load(scale + (2 * count)));
            AddScaled(a0, a1, a2, s0, s1, s2, factors[block], output);
            AddScaled(b0, b1, b2, s0, s1, s2, factors[block + factorStride], output + (3 * count));
            AddScaled(c0, c1, c2, s0, s1, s2, factors[block + (2 * factorStride)], output + (6 * count));
            AddScaled(d0, d1, d2, s0, s1, s2, factors[block + (3 * factorStride)], output + (9 * count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled(
        TLanes sum0, TLanes sum1, TLanes sum2, TFloats scale0, TFloats scale1, TFloats scale2, float factor, float* output)
    {
        var f = TFloats.Create(factor);
        int count = TFloats.Count;
        TFloats.MultiplyAdd(TLanes.ToFloats(sum0), scale0 * f, TFloats.Load(output)).Store(output);
        TFloats.MultiplyAdd(TLanes.ToFloats(sum1), scale1 * f, TFloats.Load(output + count)).Store(output + count);
        TFloats.MultiplyAdd(TLanes.ToFloats(sum2), scale2 * f, TFloats.Load(output + (2 * count))).Store(output + (2 * count));
    }
}
