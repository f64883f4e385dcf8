using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary><c>left + right</c>.</summary>
internal readonly struct Sum : IBinaryOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T left, T right)
        where T : struct, IVector<T> =>
        left + right;
}
