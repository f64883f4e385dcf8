using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>The softmax of <paramref name="rows"/> rows, in place.</summary>
internal readonly unsafe struct SoftmaxKernel(float* values, nint rows, nint columns) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint row = 0; row < rows; row++)
        {
            float* x = values + (row * columns);
            float largest = Reduction.Max<T>(x, columns);
            double sum = Reduction.Sum<StoredExponentialTerm, T>(new StoredExponentialTerm(x, largest), columns);
            new ScaleKernel(x, columns, (float)(1 / sum)).Run<T>();
        }
    }
}
