using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>
/// Adds the products of a tile of inputs with groups of four rows that share their columns. Two vectors of tokens meet four values each,
/// so that inputs are read once for four rows.
/// </summary>
/// <param name="starts">Where each group's columns begin, and where the last one's end.</param>
/// <param name="groups">Number of groups.</param>
/// <param name="values">For each column of a group the values of its four rows.</param>
/// <param name="offsets">For each where the column stands in one input, in bytes.</param>
/// <param name="tile">Inputs <c>[columns][1 &lt;&lt; shift]</c>.</param>
/// <param name="sums"><c>[4 groups][1 &lt;&lt; shift]</c>.</param>
/// <param name="shift">A row of the tile, and of the sums, has <c>1 &lt;&lt; shift</c> floats.</param>
/// <param name="width">Tokens, a multiple of the widest vector.</param>
internal readonly unsafe struct GroupKernel(
    int* starts, int groups, float* values, uint* offsets, float* tile, float* sums, int shift, nint width) : IKernel
{
    /// <inheritdoc/>
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint token = 0;
        for (; token + (2 * T.Count) <= width; token += 2 * T.Count)
        {
            AddTwo<T>(token);
        }

        for (; token < width; token += T.Count)
        {
            AddOne<T>(token);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddTwo<T>(nint token)
        where T : struct, IVector<T>
    {
        int places = shift;
        nint stride = (nint)1 << places;
        byte* inputs = (byte*)(tile + token);
        float* first = sums + token;
        for (int group = 0; group < groups; group++, first += SparseWeight.GroupRows * stride)
        {
            float* second = first + stride;
            float* third = second + stride;
            float* fourth = third + stride;
            uint* offset = offsets + starts[group];
            uint* end = offsets + starts[group + 1];
            float* value = values + (SparseWeight.GroupRows * (nint)starts[group]);
            var a0 = T.Load(first);
            var a1 = T.Load(first + T.Count);
            var b0 = T.Load(second);
            var b1 = T.Load(second + T.Count);
            var c0 = T.Load(third);
            var c1 = T.Load(third + T.Count);
            var d0 = T.Load(fourth);
            var d1 = T.Load(fourth + T.Count);
            for (; offset < end; offset++, value += SparseWeight.GroupRows)
            {
                float* input = (float*)(inputs + ((nuint)(*offset) << places));
                var x0 = T.Load(input);
                var x1 = T.Load(input + T.Count);
                var factor = T.Create(value[0]);
                a0 = T.MultiplyAdd(factor, x0, a0);
                a1 = T.MultiplyAdd(factor, x1, a1);
                factor = T.Create(value[1]);
                b0 = T.MultiplyAdd(factor, x0, b0);
                b1 = T.MultiplyAdd(factor, x1, b1);
                factor = T.Create(value[2]);
                c0 = T.MultiplyAdd(factor, x0, c0);
                c1 = T.MultiplyAdd(factor, x1, c1);
                factor = T.Create(value[3]);
                d0 = T.MultiplyAdd(factor, x0, d0);
                d1 = T.MultiplyAdd(factor, x1, d1);
            }

            a0.Store(first);
            a1.Store(first + T.Count);
            b0.Store(second);
            b1.Store(second + T.Count);
            c0.Store(third);
            c1.Store(third + T.Count);
            d0.Store(fourth);
            d1.Store(fourth + T.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOne<T>(nint token)
        where T : struct, IVector<T>
    {
        int places = shift;
        nint stride = (nint)1 << places;
        byte* inputs = (byte*)(tile + token);
        float* first = sums + token;
        for (int group = 0; group < groups; group++, first += SparseWeight.GroupRows * stride)
        {
            uint* offset = offsets + starts[group];
            uint* end = offsets + starts[group + 1];
            float* value = values + (SparseWeight.GroupRows * (nint)starts[group]);
            var a = T.Load(first);
            var b = T.Load(first + stride);
            var c = T.Load(first + (2 * stride));
            var d = T.Load(first + (3 * stride));
            for (; offset < end; offset++, value += SparseWeight.GroupRows)
            {
                var x = T.Load((float*)(inputs + ((nuint)(*offset) << places)));
                a = T.MultiplyAdd(T.Create(value[0]), x, a);
                b = T.MultiplyAdd(T.Create(value[1]), x, b);
                c = T.MultiplyAdd(T.Create(value[2]), x, c);
                d = T.MultiplyAdd(T.Create(value[3]), x, d);
            }

            a.Store(first);
            b.Store(first + stride);
            c.Store(first + (2 * stride));
            d.Store(first + (3 * stride));
        }
    }
}
