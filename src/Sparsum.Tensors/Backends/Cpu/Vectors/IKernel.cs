namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>A loop over memory that is written once for all vector widths; its arguments are the fields of the struct.</summary>
internal interface IKernel
{
    /// <summary>Runs with vectors of one width. The result does not depend on it.</summary>
    void Run<T>()
        where T : struct, IVector<T>;
}
