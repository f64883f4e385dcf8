using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// 16 x 16 with 512-bit vectors: rows i, i + 4, i + 8 and i + 12 are loaded into the quarters of one vector, so two shuffle stages
/// suffice.
/// </summary>
internal readonly unsafe struct Transpose16x16 : IBlockTranspose
{
    /// <inheritdoc/>
    public static int Size => 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* source, nint sourceStride, float* target, nint targetStride)
    {
        FourColumns(source, sourceStride, target, targetStride);
        FourColumns(source + 4, sourceStride, target + (4 * targetStride), targetStride);
        FourColumns(source + 8, sourceStride, target + (8 * targetStride), targetStride);
        FourColumns(source + 12, sourceStride, target + (12 * targetStride), targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourColumns(float* source, nint stride, float* target, nint targetStride)
    {
        var row0 = Quarters(source, stride);
        var row1 = Quarters(source + stride, stride);
        var row2 = Quarters(source + (2 * stride), stride);
        var row3 = Quarters(source + (3 * stride), stride);
        var low01 = Avx512F.UnpackLow(row0, row1).AsDouble();
        var high01 = Avx512F.UnpackHigh(row0, row1).AsDouble();
        var low23 = Avx512F.UnpackLow(row2, row3).AsDouble();
        var high23 = Avx512F.UnpackHigh(row2, row3).AsDouble();
        Avx512F.UnpackLow(low01, low23).AsSingle().Store(target);
        Avx512F.UnpackHigh(low01, low23).AsSingle().Store(target + targetStride);
        Avx512F.UnpackLow(high01, high23).AsSingle().Store(target + (2 * targetStride));
        Avx512F.UnpackHigh(high01, high23).AsSingle().Store(target + (3 * targetStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Quarters(float* source, nint stride)
    {
        float* middle = source + (8 * stride);
        return Vector512.Create(
            Vector256.Create(Vector128.Load(source), Vector128.Load(source + (4 * stride))),
            Vector256.Create(Vector128.Load(middle), Vector128.Load(middle + (4 * stride))));
    }
}
