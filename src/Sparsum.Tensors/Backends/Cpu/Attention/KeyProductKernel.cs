using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary><c>products[j] = query · keys[j]</c> for <paramref name="count"/> rows of <paramref name="size"/> floats.</summary>
internal readonly unsafe struct KeyProductKernel(float* query, float* keys, nint stride, nint count, nint size, float* products) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint key = 0; key < count; key++)
        {
            products[key] = (float)Reduction.Sum<ProductTerm, T>(new ProductTerm(query, keys + (key * stride)), size);
        }
    }
}
