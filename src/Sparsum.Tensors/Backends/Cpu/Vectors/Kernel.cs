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
        else if (Vector256.IsHardwareAccelerated)
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
