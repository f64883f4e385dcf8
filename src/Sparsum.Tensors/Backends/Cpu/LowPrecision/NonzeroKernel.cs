using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Eight rows in one register, or in two.</summary>
internal sealed unsafe class NonzeroKernel<TLanes, TFloats> : INonzeroKernel
    where TLanes : struct, IInt8Lanes<TLanes, TFloats>, IWindowLanes<TLanes>
    where TFloats : struct, IVector<TFloats>
{
    /// <inheritdoc/>
    public int InputOffset => TLanes.InputOffset;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(NonzeroWindows windows, int group, byte* integers, byte* rests, int* sums, int* sumsOfRests)
    {
        byte* pair = windows.PairsOf(group);
        ushort* advance = windows.AdvancesOf(group);
        ushort* end = advance + windows.CountOf(group);

        // Of each of the two steps, in one register or in two.
        var (sum0, sum1, rest0, rest1) = (TLanes.Create(0), TLanes.Create(0), TLanes.Create(0), TLanes.Create(0));
        var (sum2, sum3, rest2, rest3) = (sum0, sum1, rest0, rest1);
        for (; advance < end; advance++, pair += NonzeroWindows.PairBytes)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(pair + FirstLevelCache.FetchAhead);
                Sse.Prefetch0(pair + FirstLevelCache.FetchAhead + 64);
            }

            nint first = (byte)*advance;
            nint both = first + (*advance >> 8);
            Add(pair, integers + first, rests + first, 0, 0, ref sum0, ref rest0);
            Add(pair, integers + both, rests + both, 1, 0, ref sum2, ref rest2);
            if (TFloats.Count < NonzeroWindows.GroupRows)
            {
                Add(pair, integers + first, rests + first, 0, TFloats.Count, ref sum1, ref rest1);
                Add(pair, integers + both, rests + both, 1, TFloats.Count, ref sum3, ref rest3);
            }

            integers += both;
            rests += both;
        }

        TLanes.Add(sum0, sum2).Store(sums);
        TLanes.Add(rest0, rest2).Store(sumsOfRests);
        if (TFloats.Count < NonzeroWindows.GroupRows)
        {
            TLanes.Add(sum1, sum3).Store(sums + TFloats.Count);
            TLanes.Add(rest1, rest3).Store(sumsOfRests + TFloats.Count);
        }
    }

    /// <summary>Adds the products of one of two steps with some of its rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(byte* pair, byte* integers, byte* rests, int step, int firstRow, ref TLanes sum, ref TLanes rest)
    {
        var places = TLanes.Halves(TLanes.Load((int*)(pair + NonzeroWindows.Places) + firstRow), upper: step == 1);
        var weights = TLanes.Load((int*)(pair + (step * NonzeroWindows.StepValues)) + firstRow);
        sum = TLanes.AddQuads(sum, weights, TLanes.Pick(integers, places));
        rest = TLanes.AddQuads(rest, weights, TLanes.Pick(rests, places));
    }
}
