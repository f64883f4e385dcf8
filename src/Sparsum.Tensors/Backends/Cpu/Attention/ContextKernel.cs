using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>Adds <c>Σ weights[j] values[j]</c> over <paramref name="keys"/> rows of <paramref name="size"/> floats to the output.</summary>
internal readonly unsafe struct ContextKernel(
    float* weights, float* values, nint stride, nint keys, float* output, nint size) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* y = output;
        float* w = weights;
        nint i = 0;
        for (; i <= size - (4 * T.Count); i += 4 * T.Count)
        {
            var (a, b) = (T.Load(y + i), T.Load(y + i + T.Count));
            var (c, d) = (T.Load(y + i + (2 * T.Count)), T.Load(y + i + (3 * T.Count)));
            float* v = values + i;
            for (nint key = 0; key < keys; key++, v += stride)
            {
                var weight = T.Create(w[key]);
                a = T.MultiplyAdd(weight, T.Load(v), a);
                b = T.MultiplyAdd(weight, T.Load(v + T.Count), b);
                c = T.MultiplyAdd(weight, T.Load(v + (2 * T.Count)), c);
                d = T.MultiplyAdd(weight, T.Load(v + (3 * T.Count)), d);
            }

            a.Store(y + i);
            b.Store(y + i + T.Count);
            c.Store(y + i + (2 * T.Count));
            d.Store(y + i + (3 * T.Count));
        }

        for (; i <= size - T.Count; i += T.Count)
        {
            var a = T.Load(y + i);
            float* v = values + i;
            for (nint key = 0; key < keys; key++, v += stride)
            {
                a = T.MultiplyAdd(T.Create(w[key]), T.Load(v), a);
            }

            a.Store(y + i);
        }

        for (; i < size; i++)
        {
            float a = y[i];
            for (nint key = 0; key < keys; key++)
            {
                a = MathF.FusedMultiplyAdd(w[key], values[(key * stride) + i], a);
            }

            y[i] = a;
        }
    }
}
