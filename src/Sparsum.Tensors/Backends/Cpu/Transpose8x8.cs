using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>8 x 8 with 256-bit vectors: rows i and i + 4 are loaded into the halves of one vector, so two shuffle stages suffice.</summary>
internal readonly unsafe struct Transpose8x8 : IBlockTranspose
{
    /// <inheritdoc/>
    public static int Size => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(float* source, nint sourceStride, float* target, nint targetStride)
    {
        FourColumns(source, sourceStride, target, targetStride);
        FourColumns(source + 4, sourceStride, target + (4 * targetStride), targetStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourColumns(float* source, nint stride, float* target, nint targetStride)
    {
        var row0 = Halves(source, stride);
        var row1 = Halves(source + stride, stride);
        var row2 = Halves(source + (2 * stride), stride);
        var row3 = Halves(source + (3 * stride), stride);
        var low01 = Avx.UnpackLow(row0, row1).AsDouble();
        var high01 = Avx.UnpackHigh(row0, row1).AsDouble();
        var low23 = Avx.UnpackLow(row2, row3).AsDouble();
        var high23 = Avx.UnpackHigh(row2, row3).AsDouble();
        Avx.UnpackLow(low01, low23).AsSingle().Store(target);
        Avx.UnpackHigh(low01, low23).AsSingle().Store(target + targetStride);
        Avx.UnpackLow(high01, high23).AsSingle().Store(target + (2 * targetStride));
        Avx.UnpackHigh(high01, high23).AsSingle().Store(target + (3 * targetStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halves(float* source, nint stride) =>
        Vector256.Create(Vector128.Load(source), Vector128.Load(source + (4 * stride)));
}
