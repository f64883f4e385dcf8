using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// <c>products[j] = query · keys[j]</c> for <paramref name="count"/> rows of <paramref name="size"/> numbers, four keys at a time to share
/// the query and to overlap their sums. A row's factor meets the sum, not the numbers.
/// </summary>
internal readonly unsafe struct KeyProductKernel<TFormat>(float* query, HeadRows keys, nint count, nint size, float* products) : IKernel
    where TFormat : IKeyFormat
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* lanes = stackalloc float[4 * Reduction.Lanes];
        nint stride = keys.Stride;
        nint whole = size / Reduction.Lanes * Reduction.Lanes;
        for (nint key = 0; key < count; key += 4)
        {
            // The last group may hold fewer keys; it computes its first one again instead.
            nint here = count - key < 4 ? count - key : 4;
            byte* k0 = keys.Values + (key * stride);
            byte* k1 = here > 1 ? k0 + stride : k0;
            byte* k2 = here > 2 ? k1 + stride : k0;
            byte* k3 = here > 3 ? k2 + stride : k0;
            for (int lane = 0; lane < Reduction.Lanes; lane += T.Count)
            {
                var (a, b, c, d) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
                for (nint i = lane; i < whole; i += Reduction.Lanes)
                {
                    var q = T.Load(query + i);
                    a = T.MultiplyAdd(q, TFormat.Load<T>(k0, i), a);
                    b = T.MultiplyAdd(q, TFormat.Load<T>(k1, i), b);
                    c = T.MultiplyAdd(q, TFormat.Load<T>(k2, i), c);
                    d = T.MultiplyAdd(q, TFormat.Load<T>(k3, i), d);
                }

                a.Store(lanes + lane);
                b.Store(lanes + Reduction.Lanes + lane);
                c.Store(lanes + (2 * Reduction.Lanes) + lane);
                d.Store(lanes + (3 * Reduction.Lanes) + lane);
            }

            for (nint i = 0; i < here; i++)
            {
                float* sums = lanes + (i * Reduction.Lanes);
                byte* k = k0 + (i * stride);
                for (nint rest = whole; rest < size; rest++)
                {
                    sums[rest - whole] = MathF.FusedMultiplyAdd(query[rest], TFormat.Load<Float32>(k, rest).Value, sums[rest - whole]);
                }

                float product = Reduction.Fold(sums);
                products[key + i] = TFormat.HasFactors ? product * keys.Factors[(key + i) * keys.FactorStride] : product;
            }
        }
    }
}
