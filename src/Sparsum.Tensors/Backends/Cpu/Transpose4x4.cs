using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>4 x 4 with 128-bit vectors of any machine: columns are gathered, rows are stored whole.</summary>
internal readonly unsafe struct Transpose4x4 : IBlockTranspose
{
    /// <inheritdoc/>
    public static int Size => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* source, nint sourceStride, float* target, nint targetStride)
    {
        float* row0 = source;
        float* row1 = row0 + sourceStride;
        float* row2 = row1 + sourceStride;
        float* row3 = row2 + sourceStride;
        Vector128.Create(row0[0], row1[0], row2[0], row3[0]).Store(target);
        Vector128.Create(row0[1], row1[1], row2[1], row3[1]).Store(target + targetStride);
        Vector128.Create(row0[2], row1[2], row2[2], row3[2]).Store(target + (2 * targetStride));
        Vector128.Create(row0[3], row1[3], row2[3], row3[3]).Store(target + (3 * targetStride));
    }
}
