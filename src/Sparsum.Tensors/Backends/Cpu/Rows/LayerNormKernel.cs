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
        for (nint row = 0; row < rows; row++)
        {
            float* x = input + (row * columns);
            float* y = output + (row * columns);
            float mean = (float)(Reduction.Sum<ValueTerm, T>(new ValueTerm(x), columns) / columns);
            double variance = Reduction.Sum<SquaredDifferenceTerm, T>(new SquaredDifferenceTerm(x, mean), columns) / columns;
            float factor = (float)(1 / Math.Sqrt(variance + epsilon));
            nint i = 0;
            for (; i <= columns - T.Count; i += T.Count)
            {
                Normalize(
                    T.Load(x + i), mean, factor, scale is null ? T.Create(1) : T.Load(scale + i), shift is null ? T.Create(0) : T.Load(shift + i))
                    .Store(y + i);
            }

            if (i < columns)
            {
                nint count = columns - i;
                var a = scale is null ? T.Create(1) : Tail.Load<T>(scale + i, count);
                var b = shift is null ? T.Create(0) : Tail.Load<T>(shift + i, count);
                Tail.Store(Normalize(Tail.Load<T>(x + i, count), mean, factor, a, b), y + i, count);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Normalize<T>(T x, float mean, float factor, T scale, T shift)
        where T : struct, IVector<T> =>
        T.MultiplyAdd((x - T.Create(mean)) * T.Create(factor), scale, shift);
}
