namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>The transpose of a small square block in registers. Implementations are structs, so that callers are compiled for each.</summary>
internal unsafe interface IBlockTranspose
{
    /// <summary>Rows and columns of the block.</summary>
    static abstract int Size { get; }

    /// <summary><c>target[j, i] = source[i, j]</c>; strides are in floats.</summary>
    static abstract void Run(float* source, nint sourceStride, float* target, nint targetStride);
}
