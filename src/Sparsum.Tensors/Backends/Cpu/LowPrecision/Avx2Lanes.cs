using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Eight lanes, by <c>vpmaddubsw</c> and <c>vpmaddwd</c>.</summary>
internal readonly unsafe struct Avx2Lanes : IInt8Lanes<Avx2Lanes, Float256>, IWindowLanes<Avx2Lanes>
{
    private readonly Vector256<int> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Avx2Lanes(Vector256<int> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int InputOffset => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Load(int* source) => new(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Create(int word) => new(Vector256.Create(word));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes AddQuads(Avx2Lanes sums, Avx2Lanes weights, Avx2Lanes inputs) =>
        new(sums.lanes + Int8Dot.QuadsAvx2(weights.lanes.AsSByte(), inputs.lanes.AsSByte()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Add(Avx2Lanes left, Avx2Lanes right) => new(left.lanes + right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Starts(int* quads, int stride) => Create(Int8Tile.Start);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float256 ToFloats(Avx2Lanes sums) => Float256.From(Int8Tile.ToFloats(sums.lanes));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Halves(Avx2Lanes bytes, bool upper) => new((upper ? bytes.lanes >>> 4 : bytes.lanes) & Vector256.Create(0x0F0F_0F0F));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Lanes Pick(byte* window, Avx2Lanes places) =>
        new(Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(window), places.lanes.AsByte()).AsInt32());
}
