using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <inheritdoc cref="Activation.GeluTanh"/>
internal readonly struct GeluTanh : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IVector<T>
    {
        // (1 + tanh(u))/2 is the sigmoid of 2u, which keeps its relative accuracy in the negative tail.
        var cubic = T.MultiplyAdd(x * x, T.Create(0.0713548163f), T.Create(1.59576912f));
        return VectorMath.TimesSigmoid(x, x * cubic);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x)
        where T : struct, IVector<T>
    {
        // With s the sigmoid of c(x): s + x s (1 - s) c'(x). Beyond this bound it is 0 or 1.
        x = T.Max(T.Create(-15), T.Min(T.Create(15), x));
        var square = x * x;
        var sigmoid = VectorMath.TimesSigmoid(T.Create(1), x * T.MultiplyAdd(square, T.Create(0.0713548163f), T.Create(1.59576912f)));
        var slope = T.MultiplyAdd(square, T.Create(0.214064449f), T.Create(1.59576912f));
        return T.MultiplyAdd(x * sigmoid, (T.Create(1) - sigmoid) * slope, sigmoid);
    }
}
