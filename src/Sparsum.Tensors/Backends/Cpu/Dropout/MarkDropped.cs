using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Dropout;

/// <summary>Turns the sign of non-negative elements that would be dropped, for who needs them and the decision.</summary>
internal readonly struct MarkDropped : IDropOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T values, T words, T bound, T factor)
        where T : struct, IVector<T> =>
        T.SelectBelow(words, bound, T.Create(0) - values, values);
}
