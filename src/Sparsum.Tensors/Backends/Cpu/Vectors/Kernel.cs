using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>Runs kernels with the widest vectors of the machine.</summary>
internal static class Kernel
{
    /// <summary>Runs <paramref name="kernel"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TKernel>(TKernel kernel)
        where TKernel : struct, IKernel
    {
        if (Vector512.IsHardwareAccelerated)
        {
            kernel.Run<Float512>();
        }
        else
        {
            RunNarrow(kernel);
        }
    }

    /// <summary>
    /// Runs a kernel that little but reads memory, with vectors of at most 256 bits: they are as fast there as wider ones, and on Zen 4 loads of
    /// 512 bits from beyond the caches were measured to take 1.7 times as long.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RunNarrow<TKernel>(TKernel kernel)
        where TKernel : struct, IKernel
    {
        if (Vector256.IsHardwareAccelerated)
        {
            kernel.Run<Float256>();
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            kernel.Run<Float128>();
        }
        else
        {
            kernel.Run<Float32>();
        }
    }
}
