using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <inheritdoc cref="Activation.GeluTanh"/>
internal readonly struct GeluTanh : IUnaryOperation
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
}
