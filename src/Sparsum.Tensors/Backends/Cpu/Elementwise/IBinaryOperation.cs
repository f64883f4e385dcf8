using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary>A function of two numbers.</summary>
internal interface IBinaryOperation
{
    /// <summary>The function of each pair of lanes.</summary>
    static abstract T Apply<T>(T left, T right)
        where T : struct, IVector<T>;
}
