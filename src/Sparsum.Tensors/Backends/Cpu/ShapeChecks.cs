using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Shape rules that several operations share.</summary>
internal static class ShapeChecks
{
    /// <summary>Checks that two matrices have the same sizes, all leading dimensions taken as one.</summary>
    /// <exception cref="ArgumentException">They differ; names both shapes.</exception>
    public static void Same(string operation, Tensor left, Tensor right)
    {
        if (left.Columns != right.Columns || left.Length != right.Length)
        {
            throw new ArgumentException($"{operation} needs equal shapes, not {left} and {right}.");
        }
    }

    /// <summary>Checks that a vector has one element per column.</summary>
    /// <exception cref="ArgumentException">It has not; names both shapes.</exception>
    public static void PerColumn(string operation, Tensor? vector, Tensor matrix)
    {
        if (vector is not null && vector.Length != matrix.Columns)
        {
            throw new ArgumentException($"{operation} needs one factor per column, which {vector} has not for {matrix}.");
        }
    }

    /// <summary>Checks that there is one entry per row or column.</summary>
    /// <exception cref="ArgumentException">The numbers differ.</exception>
    public static void Count(string operation, string what, int count, int needed, Tensor matrix)
    {
        if (count != needed)
        {
            throw new ArgumentException($"{operation} needs {needed} {what} for {matrix}, not {count}.");
        }
    }

    /// <summary>The first of as many 16-bit words as a tensor has elements.</summary>
    /// <exception cref="ArgumentException">The memory is too small for them.</exception>
    public static unsafe ushort* Words(string operation, Tensor tensor, NativeBuffer words) => words.ByteCount >= tensor.Length * sizeof(ushort)
        ? (ushort*)words.Pointer
        : throw new ArgumentException($"{operation} needs {tensor.Length * sizeof(ushort)} bytes for {tensor}, not {words.ByteCount}.");
}
