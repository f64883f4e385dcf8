using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <inheritdoc cref="Activation.Relu"/>
internal readonly struct Relu : IUnaryOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IVector<T> =>
        T.SelectLess(x, T.Create(0), T.Create(0), x);
}
