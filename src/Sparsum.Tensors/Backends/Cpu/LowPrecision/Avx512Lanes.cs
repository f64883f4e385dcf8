using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Sixteen lanes, by <c>vpmaddubsw</c> and <c>vpmaddwd</c> of 512 bits.</summary>
internal readonly unsafe struct Avx512Lanes : IInt8Lanes<Avx512Lanes, Float512>
{
    private readonly Vector512<int> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Avx512Lanes(Vector512<int> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int InputOffset => 0;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Load(int* source) => new(Vector512.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Create(int word) => new(Vector512.Create(word));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes AddQuads(Avx512Lanes sums, Avx512Lanes weights, Avx512Lanes inputs) =>
        new(sums.lanes + Int8Dot.QuadsAvx512(weights.lanes.AsSByte(), inputs.lanes.AsSByte()));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Add(Avx512Lanes left, Avx512Lanes right) => new(left.lanes + right.lanes);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx512Lanes Starts(int* quads, int stride) => Create(Int8Tile.Start);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(int* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float512 ToFloats(Avx512Lanes sums) => Float512.From(Int8Tile.ToFloats(sums.lanes));
}
