using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Dropout;

/// <summary>What happens to elements that are dropped and to those that are not.</summary>
internal interface IDropOperation
{
    /// <summary>Decides on one element per lane: it is dropped where its word is below the bound.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="words">Random words.</param>
    /// <param name="bound">The bound on words.</param>
    /// <param name="factor">What is left is multiplied by it.</param>
    static abstract T Apply<T>(T values, T words, T bound, T factor)
        where T : struct, IVector<T>;
}
