using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <inheritdoc cref="PenaltyMode.Coupled"/>
internal readonly struct CoupledRule : IPenaltyRule
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T task, T pull)
        where T : struct, IVector<T> => task + pull;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Weight<T>(T moved, T task, T pull, T coefficient, T rate, T root)
        where T : struct, IVector<T> => moved;
}
