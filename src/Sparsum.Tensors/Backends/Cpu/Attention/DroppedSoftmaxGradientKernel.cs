using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// <see cref="SoftmaxGradientKernel"/> where dropout lies between probabilities and context. Probabilities p that were dropped come negative.
/// Gradients e of the dropped probabilities become those of the scores, <c>factor * |p| (d - Σ p d)</c> with d = 0 where dropped and
/// <c>e * kept</c> elsewhere; probabilities become what dropout left of them, 0 or <c>p * kept</c>.
/// </summary>
internal readonly unsafe struct DroppedSoftmaxGradientKernel(
    float* probabilities, float* gradients, nint rows, nint stride, nint width, float kept, float factor) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint n = width;
        var (scale, left) = (T.Create(factor), T.Create(kept));
        for (nint row = 0; row < rows; row++)
        {
            float* p = probabilities + (row * stride);
            float* d = gradients + (row * stride);
            var mean = T.Create((float)Reduction.Sum<Term, T>(new Term(p, d, kept), n));
            for (nint i = 0; i < n; i += T.Count)
            {
                var weight = T.Load(p + i);
                ((T.Load(d + i) - mean) * T.Abs(weight) * scale).Store(d + i);
                (T.Max(T.Create(0), weight) * left).Store(p + i);
            }
        }
    }

    /// <summary><c>p d</c>; d takes the place of e.</summary>
    private readonly struct Term(float* p, float* e, float kept) : ITerm
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public T Add<T>(T sum, nint index)
            where T : struct, IVector<T>
        {
            var weight = T.Load(p + index);
            var gradient = T.SelectLess(weight, T.Create(0), T.Create(0), T.Load(e + index) * T.Create(kept));
            gradient.Store(e + index);
            return T.MultiplyAdd(weight, gradient, sum);
        }

        // Rows are whole.
        public T AddTail<T>(T sum, nint index, nint count)
            where T : struct, IVector<T> => sum;
    }
}
