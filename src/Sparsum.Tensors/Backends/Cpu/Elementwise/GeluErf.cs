using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <inheritdoc cref="Activation.GeluErf"/>
internal readonly struct GeluErf : IActivation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T x)
        where T : struct, IVector<T> =>
        x * VectorMath.NormalDistribution(x, out _);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Derivative<T>(T x)
        where T : struct, IVector<T>
    {
        // Φ(x) + x φ(x); beyond this bound it is 0 or 1.
        x = T.Max(T.Create(-15), T.Min(T.Create(15), x));
        var distribution = VectorMath.NormalDistribution(x, out var power);
        return T.MultiplyAdd(x * T.Create(0.398942280f), power, distribution);
    }
}
