using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>8 doubles in a register of 512 bits.</summary>
internal readonly unsafe struct Double512 : IDoubleVector<Double512>
{
    private readonly Vector512<double> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Double512(Vector512<double> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 8;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Create(double value) => new(Vector512.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 Load(double* source) => new(Vector512.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double512 MultiplyAdd(Double512 left, Double512 right, Double512 addend) =>
        new(Vector512.FusedMultiplyAdd(left.lanes, right.lanes, addend.lanes));
}
