using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Elementwise;

/// <summary><c>output[i] = operation(input[i])</c>; the two may be the same memory.</summary>
internal readonly unsafe struct MapKernel<TOperation>(float* input, float* output, nint count) : IKernel
    where TOperation : IUnaryOperation
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* x = input;
        float* y = output;
        nint n = count;
        nint i = 0;
        for (; i <= n - T.Count; i += T.Count)
        {
            TOperation.Apply(T.Load(x + i)).Store(y + i);
        }

        if (i < n)
        {
            Tail.Store(TOperation.Apply(Tail.Load<T>(x + i, n - i)), y + i, n - i);
        }
    }
}
