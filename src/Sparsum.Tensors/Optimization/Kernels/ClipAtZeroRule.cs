using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <inheritdoc cref="PenaltyMode.ClipAtZero"/>
internal readonly struct ClipAtZeroRule : IPenaltyRule
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gradient<T>(T task, T pull)
        where T : struct, IVector<T> => task + pull;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Weight<T>(T moved, T task, T pull, T coefficient, T rate, T root)
        where T : struct, IVector<T>
    {
        // Signs alone decide, so that no product of small numbers vanishes; without a pull nothing crosses.
        var zero = T.Create(0);
        var sign = T.SelectLess(zero, T.Abs(pull), T.CopySign(T.Create(1), pull), zero);
        var clipped = T.SelectLess(zero, sign * task, moved, zero);
        return T.SelectLess(sign * moved, zero, clipped, moved);
    }
}
