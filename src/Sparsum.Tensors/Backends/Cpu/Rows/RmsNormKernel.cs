using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>Root-mean-square normalisation of <paramref name="rows"/> rows; the factor per column is <c>scale + offset</c>.</summary>
internal readonly unsafe struct RmsNormKernel(
    float* input, float* scale, float offset, float epsilon, float* output, nint rows, nint columns) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        // Locals, since fields would be read again after every store.
        float* a = scale;
        nint n = columns;
        for (nint row = 0; row < rows; row++)
        {
            float* x = input + (row * n);
            float* y = output + (row * n);
            double squares = Reduction.Sum<SquaredDifferenceTerm, T>(new SquaredDifferenceTerm(x, 0), n);
            float factor = (float)(1 / Math.Sqrt((squares / n) + epsilon));
            var stretch = T.Create(factor);
            var shift = T.Create(offset);
            nint i = 0;
            for (; i <= n - T.Count; i += T.Count)
            {
                (T.Load(x + i) * stretch * (T.Load(a + i) + shift)).Store(y + i);
            }

            for (; i < n; i++)
            {
                y[i] = x[i] * factor * (a[i] + offset);
            }
        }
    }
}
