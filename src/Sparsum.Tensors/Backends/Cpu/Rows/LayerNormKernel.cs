using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>
/// Layer normalisation of <paramref name="rows"/> rows; <paramref name="scale"/> and <paramref name="shift"/> may be null. Mean and
/// variance take a pass each, since the difference of large sums would lose the variance.
/// </summary>
internal readonly unsafe struct LayerNormKernel(
    float* input, float* scale, float* shift, float epsilon, float* output, nint rows, nint columns) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        // Locals, since fields would be read again after every store.
        float* a = scale;
        float* b = shift;
        nint n = columns;
        for (nint row = 0; row < rows; row++)
        {
            float* x = input + (row * n);
            float* y = output + (row * n);
            float mean = (float)(Reduction.Sum<ValueTerm, T>(new ValueTerm(x), n) / n);
            double variance = Reduction.Sum<SquaredDifferenceTerm, T>(new SquaredDifferenceTerm(x, mean), n) / n;
            float factor = (float)(1 / Math.Sqrt(variance + epsilon));
            var center = T.Create(mean);
            var stretch = T.Create(factor);
            nint i = 0;
            for (; i <= n - T.Count; i += T.Count)
            {
                var z = (T.Load(x + i) - center) * stretch;
                T.MultiplyAdd(z, a is null ? T.Create(1) : T.Load(a + i), b is null ? T.Create(0) : T.Load(b + i)).Store(y + i);
            }

            for (; i < n; i++)
            {
                y[i] = MathF.FusedMultiplyAdd((x[i] - mean) * factor, a is null ? 1 : a[i], b is null ? 0 : b[i]);
            }
        }
    }
}
