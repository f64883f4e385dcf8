using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// The products of a few inputs with some rows of a weight in words. A row is read in one go with four cache lines per step and a fetch
/// ahead, which is what keeps the memory busy; further inputs find it in the cache.
/// </summary>
/// <param name="input"><c>[tokens, columns]</c>.</param>
/// <param name="tokens">Number of inputs.</param>
/// <param name="columns">Columns of the weight.</param>
/// <param name="words">The first weight row.</param>
/// <param name="stride">Words from a row to the next.</param>
/// <param name="scales">A factor per row, or null.</param>
/// <param name="output">Where the product of the first input with the first row goes.</param>
/// <param name="outputStride">Floats from an input's products to the next input's.</param>
/// <param name="rows">Number of weight rows.</param>
internal readonly unsafe struct RowProductKernel<TFormat>(
    float* input, nint tokens, nint columns, uint* words, nint stride, float* scales, float* output, nint outputStride, nint rows) : IKernel
    where TFormat : IWordFormat
{
    private const int UnitsPerStep = 8;

    /// <summary>2 KiB.</summary>
    private const int FetchAhead = 512;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint row = 0; row < rows; row++)
        {
            for (nint token = 0; token < tokens; token++)
            {
                float sum = Product<T>(input + (token * columns), words + (row * stride), columns);
                output[(token * outputStride) + row] = scales is null ? sum : sum * scales[row];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Product<T>(float* x, uint* w, nint columns)
        where T : struct, IVector<T>
    {
        float* lanes = stackalloc float[Reduction.Lanes];
        for (int lane = 0; lane < Reduction.Lanes; lane += T.Count)
        {
            var (a, b, c, d) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
            var (e, f, g, h) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
            nint unit = 0;
            float* y = x + lane;
            uint* v = w + lane;
            for (; unit <= (columns / Reduction.Lanes) - UnitsPerStep; unit += UnitsPerStep)
            {
                if (Sse.IsSupported)
                {
                    for (int i = 0; i < UnitsPerStep / TFormat.Parts; i++)
                    {
                        Sse.Prefetch0(v + FetchAhead + (i * Reduction.Lanes));
                    }
                }

                a = T.MultiplyAdd(T.Load(y), Load<T>(v, 0), a);
                b = T.MultiplyAdd(T.Load(y + 16), Load<T>(v, 1), b);
                c = T.MultiplyAdd(T.Load(y + 32), Load<T>(v, 2), c);
                d = T.MultiplyAdd(T.Load(y + 48), Load<T>(v, 3), d);
                e = T.MultiplyAdd(T.Load(y + 64), Load<T>(v, 4), e);
                f = T.MultiplyAdd(T.Load(y + 80), Load<T>(v, 5), f);
                g = T.MultiplyAdd(T.Load(y + 96), Load<T>(v, 6), g);
                h = T.MultiplyAdd(T.Load(y + 112), Load<T>(v, 7), h);
                y += UnitsPerStep * Reduction.Lanes;
                v += UnitsPerStep / TFormat.Parts * Reduction.Lanes;
            }

            // v stays where the last step ended, so units count from there.
            int rest = 0;
            for (; unit < columns / Reduction.Lanes; unit++)
            {
                a = T.MultiplyAdd(T.Load(y), Load<T>(v, rest++), a);
                y += Reduction.Lanes;
            }

            nint count = (columns % Reduction.Lanes) - lane;
            if (count > 0)
            {
                b = T.MultiplyAdd(Tail.Load<T>(y, count), Load<T>(v, rest), b);
            }

            (((a + b) + (c + d)) + ((e + f) + (g + h))).Store(lanes + lane);
        }

        return Reduction.Fold(lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Load<T>(uint* words, int unit)
        where T : struct, IVector<T> =>
        TFormat.Load<T>(words + (unit / TFormat.Parts * Reduction.Lanes), unit % TFormat.Parts);
}
