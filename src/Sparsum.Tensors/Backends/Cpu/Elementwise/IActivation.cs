using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary>An activation and its derivative.</summary>
internal interface IActivation : IUnaryOperation
{
    /// <summary>The derivative at each lane.</summary>
    static abstract T Derivative<T>(T x)
        where T : struct, IVector<T>;
}
