using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Six inputs, or one, by a panel that is two registers wide.</summary>
internal sealed unsafe class Int8RowKernel<TLanes, TFloats> : IInt8RowKernel
    where TLanes : struct, IInt8Lanes<TLanes, TFloats>
    where TFloats : struct, IVector<TFloats>
{
    /// <summary>Below that, one after the other costs less than six at once.</summary>
    private const int FewestAtOnce = 3;

    /// <summary>Steps of four columns in a chunk.</summary>
    private const int Steps = Int8Rows.ChunkSize / Int8Tile.Quad;

    /// <inheritdoc/>
    public int PanelRows => 2 * TFloats.Count;

    /// <inheritdoc/>
    public int InputRows => 6;

    /// <inheritdoc/>
    public bool ReadsTiles => false;

    /// <inheritdoc/>
    public int InputOffset => TLanes.InputOffset;

    /// <inheritdoc/>
    public void Enter()
    {
    }

    /// <inheritdoc/>
    public void Leave()
    {
    }

    /// <inheritdoc/>
    public void Run(Int8RowInputs inputs, int row, int count, byte* panel, int* starts, int chunks, int* sums)
    {
        if (count >= FewestAtOnce)
        {
            // Inputs that are not there are the last one again.
            int last = row + count - 1;
            MultiplySix(
                (int*)panel, chunks * Steps, starts, inputs.Integers(row), inputs.Integers(row + 1), inputs.Integers(row + 2),
                inputs.Integers(Math.Min(row + 3, last)), inputs.Integers(Math.Min(row + 4, last)), inputs.Integers(last), sums);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            MultiplyOne((int*)panel, chunks * Steps, starts, inputs.Integers(row + i), sums + (i * PanelRows));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplySix(int* quads, nint steps, int* starts, byte* a, byte* b, byte* c, byte* d, byte* e, byte* f, int* sums)
    {
        int count = TFloats.Count;
        var (a0, a1) = (TLanes.Load(starts), TLanes.Load(starts + count));
        var (b0, b1) = (a0, a1);
        var (c0, c1) = (a0, a1);
        var (d0, d1) = (a0, a1);
        var (e0, e1) = (a0, a1);
        var (f0, f1) = (a0, a1);
        for (nint step = 0; step < steps; step++, quads += 2 * count)
        {
            var (w0, w1) = (TLanes.Load(quads), TLanes.Load(quads + count));
            var x = TLanes.Create(((int*)a)[step]);
            a0 = TLanes.AddQuads(a0, w0, x);
            a1 = TLanes.AddQuads(a1, w1, x);
            x = TLanes.Create(((int*)b)[step]);
            b0 = TLanes.AddQuads(b0, w0, x);
            b1 = TLanes.AddQuads(b1, w1, x);
            x = TLanes.Create(((int*)c)[step]);
            c0 = TLanes.AddQuads(c0, w0, x);
            c1 = TLanes.AddQuads(c1, w1, x);
            x = TLanes.Create(((int*)d)[step]);
            d0 = TLanes.AddQuads(d0, w0, x);
            d1 = TLanes.AddQuads(d1, w1, x);
            x = TLanes.Create(((int*)e)[step]);
            e0 = TLanes.AddQuads(e0, w0, x);
            e1 = TLanes.AddQuads(e1, w1, x);
            x = TLanes.Create(((int*)f)[step]);
            f0 = TLanes.AddQuads(f0, w0, x);
            f1 = TLanes.AddQuads(f1, w1, x);
        }

        Store(a0, a1, sums);
        Store(b0, b1, sums + (2 * count));
        Store(c0, c1, sums + (4 * count));
        Store(d0, d1, sums + (6 * count));
        Store(e0, e1, sums + (8 * count));
        Store(f0, f1, sums + (10 * count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyOne(int* quads, nint steps, int* starts, byte* input, int* sums)
    {
        // Two sums a row hide how long a product takes. The number of steps is even.
        int count = TFloats.Count;
        var (a0, a1) = (TLanes.Load(starts), TLanes.Load(starts + count));
        var (b0, b1) = (TLanes.Create(0), TLanes.Create(0));
        int* words = (int*)input;
        for (nint step = 0; step < steps; step += 2, quads += 4 * count)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0((byte*)quads + FirstLevelCache.FetchAhead);
                Sse.Prefetch0((byte*)quads + FirstLevelCache.FetchAhead + 64);
            }

            var x = TLanes.Create(words[step]);
            a0 = TLanes.AddQuads(a0, TLanes.Load(quads), x);
            a1 = TLanes.AddQuads(a1, TLanes.Load(quads + count), x);
            x = TLanes.Create(words[step + 1]);
            b0 = TLanes.AddQuads(b0, TLanes.Load(quads + (2 * count)), x);
            b1 = TLanes.AddQuads(b1, TLanes.Load(quads + (3 * count)), x);
        }

        Store(TLanes.Add(a0, b0), TLanes.Add(a1, b1), sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(TLanes first, TLanes second, int* sums)
    {
        first.Store(sums);
        second.Store(sums + TFloats.Count);
    }
}
