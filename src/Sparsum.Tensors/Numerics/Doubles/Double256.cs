using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>4 doubles in a register of 256 bits.</summary>
internal readonly unsafe struct Double256 : IDoubleVector<Double256>
{
    private readonly Vector256<double> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Double256(Vector256<double> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Create(double value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 Load(double* source) => new(Vector256.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double256 MultiplyAdd(Double256 left, Double256 right, Double256 addend) =>
        new(Vector256.FusedMultiplyAdd(left.lanes, right.lanes, addend.lanes));
}
