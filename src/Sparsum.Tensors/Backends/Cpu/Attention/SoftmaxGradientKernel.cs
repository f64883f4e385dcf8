using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// From probabilities p of some queries and the gradients d of them, in place of d: <c>factor * p (d - Σ p d)</c>, the gradients of the
/// scores. Rows are <paramref name="stride"/> floats apart and <paramref name="width"/> long, a multiple of 16.
/// </summary>
internal readonly unsafe struct SoftmaxGradientKernel(
    float* probabilities, float* gradients, nint rows, nint stride, nint width, float factor) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint n = width;
        var scale = T.Create(factor);
        for (nint row = 0; row < rows; row++)
        {
            float* p = probabilities + (row * stride);
            float* d = gradients + (row * stride);
            var mean = T.Create((float)Reduction.Sum<ProductTerm, T>(new ProductTerm(p, d), n));
            for (nint i = 0; i < n; i += T.Count)
            {
                ((T.Load(d + i) - mean) * T.Load(p + i) * scale).Store(d + i);
            }
        }
    }
}
