using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// <c>products[j] = query · keys[j]</c> for <paramref name="count"/> rows of <paramref name="size"/> floats, four keys at a time to share
/// the query and to overlap their sums.
/// </summary>
internal readonly unsafe struct KeyProductKernel(float* query, float* keys, nint stride, nint count, nint size, float* products) : IKernel
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<T>()
        where T : struct, IVector<T>
    {
        float* lanes = stackalloc float[4 * Reduction.Lanes];
        nint whole = size / Reduction.Lanes * Reduction.Lanes;
        for (nint key = 0; key < count; key += 4)
        {
            // The last group may hold fewer keys; it computes its first one again instead.
            nint here = count - key < 4 ? count - key : 4;
            float* k0 = keys + (key * stride);
            float* k1 = here > 1 ? k0 + stride : k0;
            float* k2 = here > 2 ? k1 + stride : k0;
            float* k3 = here > 3 ? k2 + stride : k0;
            for (int lane = 0; lane < Reduction.Lanes; lane += T.Count)
            {
                var (a, b, c, d) = (T.Create(0), T.Create(0), T.Create(0), T.Create(0));
                for (nint i = lane; i < whole; i += Reduction.Lanes)
                {
                    var q = T.Load(query + i);
                    a = T.MultiplyAdd(q, T.Load(k0 + i), a);
                    b = T.MultiplyAdd(q, T.Load(k1 + i), b);
                    c = T.MultiplyAdd(q, T.Load(k2 + i), c);
                    d = T.MultiplyAdd(q, T.Load(k3 + i), d);
                }

                a.Store(lanes + lane);
                b.Store(lanes + Reduction.Lanes + lane);
                c.Store(lanes + (2 * Reduction.Lanes) + lane);
                d.Store(lanes + (3 * Reduction.Lanes) + lane);
            }

            for (nint i = 0; i < here; i++)
            {
                float* sums = lanes + (i * Reduction.Lanes);
                float* k = k0 + (i * stride);
                for (nint rest = whole; rest < size; rest++)
                {
                    sums[rest - whole] = MathF.FusedMultiplyAdd(query[rest], k[rest], sums[rest - whole]);
                }

                products[key + i] = Reduction.Fold(sums);
            }
        }
    }
}
