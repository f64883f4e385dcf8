using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// From probabilities p of one query and the gradients d of them, in place of d: <c>factor * p (d - Σ p d)</c>, the gradients of the scores.
/// </summary>
internal readonly unsafe struct SoftmaxGradientKernel(float* probabilities, float* gradients, nint count, float factor) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* p = probabilities;
        float* d = gradients;
        nint n = count;
        var mean = T.Create((float)Reduction.Sum<ProductTerm, T>(new ProductTerm(p, d), n));
        var scale = T.Create(factor);
        nint i = 0;
        for (; i <= n - T.Count; i += T.Count)
        {
            ((T.Load(d + i) - mean) * T.Load(p + i) * scale).Store(d + i);
        }

        if (i < n)
        {
            Tail.Store((Tail.Load<T>(d + i, n - i) - mean) * Tail.Load<T>(p + i, n - i) * scale, d + i, n - i);
        }
    }
}
