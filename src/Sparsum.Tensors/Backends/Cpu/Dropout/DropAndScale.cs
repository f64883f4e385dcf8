using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Dropout;

/// <summary>Dropout itself: zero, or the factor.</summary>
internal readonly struct DropAndScale : IDropOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Apply<T>(T values, T words, T bound, T factor)
        where T : struct, IVector<T> =>
        T.SelectBelow(words, bound, T.Create(0), values * factor);
}
