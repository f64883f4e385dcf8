using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary><c>output = factor · Σ weights[j] values[j]</c> over <paramref name="keys"/> rows of <paramref name="size"/> floats.</summary>
internal readonly unsafe struct ContextKernel(
    float* weights, float* values, nint stride, nint keys, float factor, float* output, nint size) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        var f = T.Create(factor);
        nint i = 0;
        for (; i <= size - (4 * T.Count); i += 4 * T.Count)
        {
            var (a, b, c, d) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
            float* v = values + i;
            for (nint key = 0; key < keys; key++, v += stride)
            {
                var weight = T.Create(weights[key]);
                a = T.MultiplyAdd(weight, T.Load(v), a);
                b = T.MultiplyAdd(weight, T.Load(v + T.Count), b);
                c = T.MultiplyAdd(weight, T.Load(v + (2 * T.Count)), c);
                d = T.MultiplyAdd(weight, T.Load(v + (3 * T.Count)), d);
            }

            (a * f).Store(output + i);
            (b * f).Store(output + i + T.Count);
            (c * f).Store(output + i + (2 * T.Count));
            (d * f).Store(output + i + (3 * T.Count));
        }

        for (; i <= size - T.Count; i += T.Count)
        {
            var a = T.Create(0);
            float* v = values + i;
            for (nint key = 0; key < keys; key++, v += stride)
            {
                a = T.MultiplyAdd(T.Create(weights[key]), T.Load(v), a);
            }

            (a * f).Store(output + i);
        }

        for (; i < size; i++)
        {
            float a = 0;
            for (nint key = 0; key < keys; key++)
            {
                a = MathF.FusedMultiplyAdd(weights[key], values[(key * stride) + i], a);
            }

            output[i] = a * factor;
        }
    }
}
