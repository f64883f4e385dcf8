using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Eight lanes, by <c>vpdpbusd</c>.</summary>
internal readonly unsafe struct VnniLanes : IInt8Lanes<VnniLanes, Float256>, IWindowLanes<VnniLanes>
{
    private readonly Vector256<int> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private VnniLanes(Vector256<int> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int InputOffset => 128;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes Load(int* source) => new(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes Create(int word) => new(Vector256.Create(word));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes AddQuads(VnniLanes sums, VnniLanes weights, VnniLanes inputs) =>
        new(AvxVnni.MultiplyWideningAndAdd(sums.lanes, inputs.lanes.AsByte(), weights.lanes.AsSByte()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes Add(VnniLanes left, VnniLanes right) => new(left.lanes + right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes Starts(int* quads, int stride)
    {
        var sum = Vector256<int>.Zero;
        for (int step = 0; step < Int8Tile.Steps; step++)
        {
            sum = AvxVnni.MultiplyWideningAndAdd(sum, Vector256.Create((byte)128), Vector256.Load(quads + (step * stride)).AsSByte());
        }

        return new(Vector256.Create(Int8Tile.Start) - sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 ToFloats(VnniLanes sums) => Float256.From(Int8Tile.ToFloats(sums.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes Halves(VnniLanes bytes, bool upper) => new((upper ? bytes.lanes >>> 4 : bytes.lanes) & Vector256.Create(0x0F0F_0F0F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes Pick(byte* window, VnniLanes places) =>
        new(Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(window), places.lanes.AsByte()).AsInt32());
}
