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
        var shift = T.Create(offset);
        for (nint row = 0; row < rows; row++)
        {
            float* x = input + (row * columns);
            float* y = output + (row * columns);
            double squares = Reduction.Sum<SquaredDifferenceTerm, T>(new SquaredDifferenceTerm(x, 0), columns);
            var factor = T.Create((float)(1 / Math.Sqrt((squares / columns) + epsilon)));
            nint i = 0;
            for (; i <= columns - T.Count; i += T.Count)
            {
                (T.Load(x + i) * factor * (T.Load(scale + i) + shift)).Store(y + i);
            }

            if (i < columns)
            {
                nint count = columns - i;
                Tail.Store(Tail.Load<T>(x + i, count) * factor * (Tail.Load<T>(scale + i, count) + shift), y + i, count);
            }
        }
    }
}
