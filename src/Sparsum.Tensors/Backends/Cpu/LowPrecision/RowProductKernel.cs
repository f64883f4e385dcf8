using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// The products of a few inputs with a row of a weight in words. The row is read in one go, with a fetch ahead, which is what keeps the
/// memory busy; further inputs find it in the cache. Four sums of 16 lanes take units in turn, whatever the width.
/// </summary>
/// <param name="input"><c>[tokens, columns]</c>.</param>
/// <param name="tokens">Number of inputs.</param>
/// <param name="columns">Columns of the weight.</param>
/// <param name="words">The row.</param>
/// <param name="ahead">What is read next.</param>
/// <param name="output">Where the product of the first input goes.</param>
/// <param name="outputStride">Floats from an input's product to the next input's.</param>
internal readonly unsafe struct RowProductKernel<TFormat>(
    float* input, nint tokens, nint columns, uint* words, byte* ahead, float* output, nint outputStride) : IKernel
    where TFormat : IWordFormat
{
    private const int UnitsPerStep = 8;
    private const int WordsPerStep = UnitsPerStep / IWordFormat.Parts * Reduction.Lanes;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        if (T.Count == Reduction.Lanes)
        {
            // Registers of 256 bits keep up with memory; on Zen 4, loads of 512 bits from beyond the caches were measured to take 1.7 times as long.
            Run<Float256>();
            return;
        }

        float* lanes = stackalloc float[Reduction.Lanes];
        for (nint token = 0; token < tokens; token++)
        {
            float* x = input + (token * columns);
            for (int lane = 0; lane < Reduction.Lanes; lane += 2 * T.Count)
            {
                AddLanes<T>(x, lane, lanes);
            }

            output[token * outputStride] = Reduction.Fold(lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* next)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(next);
            Sse.Prefetch0(next + 64);
            Sse.Prefetch0(next + 128);
            Sse.Prefetch0(next + 192);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddLanes<T>(float* x, int lane, float* lanes)
        where T : struct, IVector<T>
    {
        var (a, b, c, d) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
        var (e, f, g, h) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
        nint units = columns / Reduction.Lanes;
        nint unit = 0;
        float* y = x + lane;
        uint* v = words + lane;
        byte* next = ahead;
        for (; unit <= units - UnitsPerStep; unit += UnitsPerStep)
        {
            Fetch(next);
            next += WordsPerStep * sizeof(uint);
            for (int half = 0; half < 2; half++)
            {
                a = T.MultiplyAdd(T.Load(y), TFormat.Load<T>(v, 0), a);
                e = T.MultiplyAdd(T.Load(y + T.Count), TFormat.Load<T>(v + T.Count, 0), e);
                b = T.MultiplyAdd(T.Load(y + 16), TFormat.Load<T>(v, 1), b);
                f = T.MultiplyAdd(T.Load(y + 16 + T.Count), TFormat.Load<T>(v + T.Count, 1), f);
                c = T.MultiplyAdd(T.Load(y + 32), TFormat.Load<T>(v + 16, 0), c);
                g = T.MultiplyAdd(T.Load(y + 32 + T.Count), TFormat.Load<T>(v + 16 + T.Count, 0), g);
                d = T.MultiplyAdd(T.Load(y + 48), TFormat.Load<T>(v + 16, 1), d);
                h = T.MultiplyAdd(T.Load(y + 48 + T.Count), TFormat.Load<T>(v + 16 + T.Count, 1), h);
                y += UnitsPerStep / 2 * Reduction.Lanes;
                v += WordsPerStep / 2;
            }
        }

        ((a + b) + (c + d)).Store(lanes + lane);
        ((e + f) + (g + h)).Store(lanes + lane + T.Count);
        AddRest<T>(x, unit, lane, lanes);
        AddRest<T>(x, unit, lane + T.Count, lanes);
    }

    /// <summary>The units behind the last whole step.</summary>
    private void AddRest<T>(float* x, nint unit, int lane, float* lanes)
        where T : struct, IVector<T>
    {
        var sum = T.Load(lanes + lane);
        for (; unit < columns / Reduction.Lanes; unit++)
        {
            sum = T.MultiplyAdd(T.Load(x + (unit * Reduction.Lanes) + lane), Unit<T>(unit, lane), sum);
        }

        nint count = (columns % Reduction.Lanes) - lane;
        if (count > 0)
        {
            sum = T.MultiplyAdd(Tail.Load<T>(x + (unit * Reduction.Lanes) + lane, count), Unit<T>(unit, lane), sum);
        }

        sum.Store(lanes + lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T Unit<T>(nint unit, int lane)
        where T : struct, IVector<T> =>
        TFormat.Load<T>(words + (unit / IWordFormat.Parts * Reduction.Lanes) + lane, (int)(unit % IWordFormat.Parts));
}
