using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary><c>activation(gate) * up</c>.</summary>
internal readonly struct Gated<TActivation> : IBinaryOperation
    where TActivation : IUnaryOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T left, T right)
        where T : struct, IVector<T> =>
        TActivation.Apply(left) * right;
}
