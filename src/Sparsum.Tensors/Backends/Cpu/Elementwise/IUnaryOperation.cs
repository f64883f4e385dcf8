using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary>A function of one number.</summary>
internal interface IUnaryOperation
{
    /// <summary>The function of each lane.</summary>
    static abstract T Apply<T>(T x)
        where T : struct, IVector<T>;
}
