using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <inheritdoc cref="Activation.Sigmoid"/>
internal readonly struct Sigmoid : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IVector<T> =>
        VectorMath.TimesSigmoid(T.Create(1), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x)
        where T : struct, IVector<T>
    {
        var sigmoid = VectorMath.TimesSigmoid(T.Create(1), x);
        return sigmoid * (T.Create(1) - sigmoid);
    }
}
