using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>The product of an input and its rests with <see cref="NonzeroWindows"/>: exact sums of integers, the same on every instruction set.</summary>
internal unsafe interface INonzeroKernel
{
    /// <summary>The best on this machine.</summary>
    static INonzeroKernel Best { get; } =
        AvxVnni.IsSupported ? new NonzeroKernel<VnniLanes, Float256>()
        : Avx2.IsSupported ? new NonzeroKernel<Avx2Lanes, Float256>()
        : new NonzeroKernel<NarrowLanes, Float128>();

    /// <summary>What is added to inputs, because the instructions read unsigned bytes: 128 or 0.</summary>
    int InputOffset { get; }

    /// <summary>The products with a group of rows.</summary>
    /// <param name="windows">The rows.</param>
    /// <param name="group">Which of them.</param>
    /// <param name="integers">The input's integers.</param>
    /// <param name="rests">What rounding left.</param>
    /// <param name="sums">Receives a sum for each of <see cref="NonzeroWindows.GroupRows"/>; with <see cref="InputOffset"/> in them.</param>
    /// <param name="sumsOfRests">Receives the same of the rests.</param>
    void Run(NonzeroWindows windows, int group, byte* integers, byte* rests, int* sums, int* sumsOfRests);
}
