using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Four lanes, by <c>sdot</c> on Arm64, elsewhere by 16-bit products.</summary>
internal readonly unsafe struct NarrowLanes : IInt8Lanes<NarrowLanes, Float128>, IWindowLanes<NarrowLanes>
{
    private readonly Vector128<int> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private NarrowLanes(Vector128<int> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int InputOffset => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Load(int* source) => new(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Create(int word) => new(Vector128.Create(word));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes AddQuads(NarrowLanes sums, NarrowLanes weights, NarrowLanes inputs) =>
        new(sums.lanes + Int8Dot.Quads(weights.lanes.AsSByte(), inputs.lanes.AsSByte()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Add(NarrowLanes left, NarrowLanes right) => new(left.lanes + right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Starts(int* quads, int stride) => Create(Int8Tile.Start);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float128 ToFloats(NarrowLanes sums) => Float128.From(Int8Tile.ToFloats(sums.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Halves(NarrowLanes bytes, bool upper) => new((upper ? bytes.lanes >>> 4 : bytes.lanes) & Vector128.Create(0x0F0F_0F0F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static NarrowLanes Pick(byte* window, NarrowLanes places) =>
        new(Vector128.ShuffleNative(Vector128.Load(window), places.lanes.AsByte()).AsInt32());
}
