using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>Where a penalty enters an update.</summary>
internal interface IPenaltyRule
{
    /// <summary>The gradient that the moments see.</summary>
    static abstract T Gradient<T>(T task, T pull)
        where T : struct, IVector<T>;

    /// <summary>The weight to write.</summary>
    /// <param name="moved">Where AdamW moved it.</param>
    /// <param name="task">The task's gradient.</param>
    /// <param name="pull">The penalty's gradient: the coefficient with the sign of the weight, 0 at 0.</param>
    /// <param name="coefficient">The coefficient.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="root">Root of the corrected second moment plus epsilon.</param>
    static abstract T Weight<T>(T moved, T task, T pull, T coefficient, T rate, T root)
        where T : struct, IVector<T>;
}
