using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary><c>output[i] = operation(left[i], right[i])</c>; the output may be one of the inputs.</summary>
internal readonly unsafe struct CombineKernel<TOperation>(float* left, float* right, float* output, nint count) : IKernel
    where TOperation : IBinaryOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* a = left;
        float* b = right;
        float* y = output;
        nint n = count;
        nint i = 0;
        for (; i <= n - T.Count; i += T.Count)
        {
            TOperation.Apply(T.Load(a + i), T.Load(b + i)).Store(y + i);
        }

        if (i < n)
        {
            Tail.Store(TOperation.Apply(Tail.Load<T>(a + i, n - i), Tail.Load<T>(b + i, n - i)), y + i, n - i);
        }
    }
}
