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
        byte* step = windows.StepsOf(group);
        byte* advance = windows.AdvancesOf(group);
        byte* end = advance + windows.CountOf(group);
        var (sum0, sum1) = (TLanes.Create(0), TLanes.Create(0));
        var (rest0, rest1) = (TLanes.Create(0), TLanes.Create(0));
        for (; advance < end; advance++, step += NonzeroWindows.StepBytes)
        {
            integers += *advance;
            rests += *advance;
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(step + FirstLevelCache.FetchAhead);
            }

            var places = TLanes.Places(step + NonzeroWindows.ValueBytes, 0);
            var weights = TLanes.Load((int*)step);
            sum0 = TLanes.AddQuads(sum0, weights, TLanes.Pick(integers, places));
            rest0 = TLanes.AddQuads(rest0, weights, TLanes.Pick(rests, places));
            if (TFloats.Count < NonzeroWindows.GroupRows)
            {
                places = TLanes.Places(step + NonzeroWindows.ValueBytes, TFloats.Count);
                weights = TLanes.Load((int*)step + TFloats.Count);
                sum1 = TLanes.AddQuads(sum1, weights, TLanes.Pick(integers, places));
                rest1 = TLanes.AddQuads(rest1, weights, TLanes.Pick(rests, places));
            }
        }

        sum0.Store(sums);
        rest0.Store(sumsOfRests);
        if (TFloats.Count < NonzeroWindows.GroupRows)
        {
            sum1.Store(sums + TFloats.Count);
            rest1.Store(sumsOfRests + TFloats.Count);
        }
    }
}
