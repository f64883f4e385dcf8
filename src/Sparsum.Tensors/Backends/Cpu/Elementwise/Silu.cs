using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <inheritdoc cref="Activation.Silu"/>
internal readonly struct Silu : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IVector<T> =>
        VectorMath.TimesSigmoid(x, x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x)
        where T : struct, IVector<T>
    {
        // Beyond this bound the derivative is 0 or 1, and infinity times zero is kept out.
        x = T.Max(T.Create(-100), T.Min(T.Create(100), x));
        var sigmoid = VectorMath.TimesSigmoid(T.Create(1), x);
        return sigmoid * T.MultiplyAdd(x, T.Create(1) - sigmoid, T.Create(1));
    }
}
