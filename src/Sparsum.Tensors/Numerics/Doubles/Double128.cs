using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>2 doubles in a register of 128 bits.</summary>
internal readonly unsafe struct Double128 : IDoubleVector<Double128>
{
    private readonly Vector128<double> lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Double128(Vector128<double> lanes) => this.lanes = lanes;

    /// <inheritdoc/>
    public static int Count => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Create(double value) => new(Vector128.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 Load(double* source) => new(Vector128.Load(source));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(double* destination) => lanes.Store(destination);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Double128 MultiplyAdd(Double128 left, Double128 right, Double128 addend) =>
        new(Vector128.FusedMultiplyAdd(left.lanes, right.lanes, addend.lanes));
}
