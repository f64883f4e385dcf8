using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Adds <c>Σ weights[j] values[j]</c> over <paramref name="keys"/> rows of <paramref name="size"/> numbers to the output. A row's factor meets the
/// weight, not the numbers.
/// </summary>
internal readonly unsafe struct ContextKernel<TFormat>(float* weights, HeadRows values, nint keys, float* output, nint size) : IKernel
    where TFormat : IKeyFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* y = output;
        nint stride = values.Stride;
        nint i = 0;
        for (; i <= size - (4 * T.Count); i += 4 * T.Count)
        {
            var (a, b) = (T.Load(y + i), T.Load(y + i + T.Count));
            var (c, d) = (T.Load(y + i + (2 * T.Count)), T.Load(y + i + (3 * T.Count)));
            byte* v = values.Values;
            for (nint key = 0; key < keys; key++, v += stride)
            {
                var weight = T.Create(Weight(key));
                a = T.MultiplyAdd(weight, TFormat.Load<T>(v, i), a);
                b = T.MultiplyAdd(weight, TFormat.Load<T>(v, i + T.Count), b);
                c = T.MultiplyAdd(weight, TFormat.Load<T>(v, i + (2 * T.Count)), c);
                d = T.MultiplyAdd(weight, TFormat.Load<T>(v, i + (3 * T.Count)), d);
            }

            a.Store(y + i);
            b.Store(y + i + T.Count);
            c.Store(y + i + (2 * T.Count));
            d.Store(y + i + (3 * T.Count));
        }

        for (; i <= size - T.Count; i += T.Count)
        {
            var a = T.Load(y + i);
            byte* v = values.Values;
            for (nint key = 0; key < keys; key++, v += stride)
            {
                a = T.MultiplyAdd(T.Create(Weight(key)), TFormat.Load<T>(v, i), a);
            }

            a.Store(y + i);
        }

        for (; i < size; i++)
        {
            float a = y[i];
            for (nint key = 0; key < keys; key++)
            {
                a = MathF.FusedMultiplyAdd(Weight(key), TFormat.Load<Float32>(values.Values + (key * stride), i).Value, a);
            }

            y[i] = a;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Weight(nint key) => TFormat.HasFactors ? weights[key] * values.Factors[key * values.FactorStride] : weights[key];
}
