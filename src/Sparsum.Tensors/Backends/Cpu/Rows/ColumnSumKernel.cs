using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>Adds <paramref name="rows"/> rows to <paramref name="sums"/>, one after the other.</summary>
internal readonly unsafe struct ColumnSumKernel(float* input, nint rows, nint columns, float* sums) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint row = 0; row < rows; row++)
        {
            ColumnSums.Add<T>(input + (row * columns), sums, columns);
        }
    }
}
