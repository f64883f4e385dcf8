using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>
/// Adds the products of a tile of inputs with the nonzeros of rows, in the order in which they are stored: eight vectors of tokens at a
/// time, whose sums stay in registers while a row's nonzeros pass. Eight, four and one are written out, since only sums that are locals
/// stay there.
/// </summary>
/// <param name="starts">Where each row's nonzeros begin, and where the last one's end.</param>
/// <param name="rows">Number of rows.</param>
/// <param name="values">The nonzeros.</param>
/// <param name="offsets">For each where its column stands in one input, in bytes.</param>
/// <param name="tile">Inputs <c>[columns][1 &lt;&lt; shift]</c>.</param>
/// <param name="sums"><c>[rows][1 &lt;&lt; shift]</c>.</param>
/// <param name="shift">A row of the tile, and of the sums, has <c>1 &lt;&lt; shift</c> floats.</param>
/// <param name="width">Tokens, a multiple of the widest vector.</param>
internal readonly unsafe struct RowKernel(
    int* starts, int rows, float* values, uint* offsets, float* tile, float* sums, int shift, nint width) : IKernel
{
    /// <inheritdoc/>
    public void Run<T>()
        where T : struct, IVector<T>
    {
        nint token = 0;
        for (; token + (8 * T.Count) <= width; token += 8 * T.Count)
        {
            AddEight<T>(token);
        }

        for (; token + (4 * T.Count) <= width; token += 4 * T.Count)
        {
            AddFour<T>(token);
        }

        for (; token < width; token += T.Count)
        {
            AddOne<T>(token);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddEight<T>(nint token)
        where T : struct, IVector<T>
    {
        // Locals, because fields would be read anew for every nonzero.
        int places = shift;
        nint stride = (nint)1 << places;
        byte* inputs = (byte*)(tile + token);
        float* sum = sums + token;
        for (int row = 0; row < rows; row++, sum += stride)
        {
            float* value = values + starts[row];
            float* end = values + starts[row + 1];
            uint* offset = offsets + starts[row];
            var a = T.Load(sum);
            var b = T.Load(sum + T.Count);
            var c = T.Load(sum + (2 * T.Count));
            var d = T.Load(sum + (3 * T.Count));
            var e = T.Load(sum + (4 * T.Count));
            var f = T.Load(sum + (5 * T.Count));
            var g = T.Load(sum + (6 * T.Count));
            var h = T.Load(sum + (7 * T.Count));
            for (; value < end; value++, offset++)
            {
                var factor = T.Create(*value);
                float* input = (float*)(inputs + ((nuint)(*offset) << places));
                a = T.MultiplyAdd(factor, T.Load(input), a);
                b = T.MultiplyAdd(factor, T.Load(input + T.Count), b);
                c = T.MultiplyAdd(factor, T.Load(input + (2 * T.Count)), c);
                d = T.MultiplyAdd(factor, T.Load(input + (3 * T.Count)), d);
                e = T.MultiplyAdd(factor, T.Load(input + (4 * T.Count)), e);
                f = T.MultiplyAdd(factor, T.Load(input + (5 * T.Count)), f);
                g = T.MultiplyAdd(factor, T.Load(input + (6 * T.Count)), g);
                h = T.MultiplyAdd(factor, T.Load(input + (7 * T.Count)), h);
            }

            a.Store(sum);
            b.Store(sum + T.Count);
            c.Store(sum + (2 * T.Count));
            d.Store(sum + (3 * T.Count));
            e.Store(sum + (4 * T.Count));
            f.Store(sum + (5 * T.Count));
            g.Store(sum + (6 * T.Count));
            h.Store(sum + (7 * T.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddFour<T>(nint token)
        where T : struct, IVector<T>
    {
        // Locals, because fields would be read anew for every nonzero.
        int places = shift;
        nint stride = (nint)1 << places;
        byte* inputs = (byte*)(tile + token);
        float* sum = sums + token;
        for (int row = 0; row < rows; row++, sum += stride)
        {
            float* value = values + starts[row];
            float* end = values + starts[row + 1];
            uint* offset = offsets + starts[row];
            var a = T.Load(sum);
            var b = T.Load(sum + T.Count);
            var c = T.Load(sum + (2 * T.Count));
            var d = T.Load(sum + (3 * T.Count));
            for (; value < end; value++, offset++)
            {
                var factor = T.Create(*value);
                float* input = (float*)(inputs + ((nuint)(*offset) << places));
                a = T.MultiplyAdd(factor, T.Load(input), a);
                b = T.MultiplyAdd(factor, T.Load(input + T.Count), b);
                c = T.MultiplyAdd(factor, T.Load(input + (2 * T.Count)), c);
                d = T.MultiplyAdd(factor, T.Load(input + (3 * T.Count)), d);
            }

            a.Store(sum);
            b.Store(sum + T.Count);
            c.Store(sum + (2 * T.Count));
            d.Store(sum + (3 * T.Count));
        }
    }

    /// <summary>Two rows side by side: with one vector each, a row's next addition waits for its last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOne<T>(nint token)
        where T : struct, IVector<T>
    {
        int places = shift;
        nint stride = (nint)1 << places;
        byte* inputs = (byte*)(tile + token);
        float* sum = sums + token;
        float* factors = values;
        uint* columns = offsets;
        for (int row = 0; row < rows; row += 2, sum += 2 * stride)
        {
            // An odd last row goes with an empty one, whose sum is its own and stays what it is.
            bool isPair = row + 1 < rows;
            float* secondSum = isPair ? sum + stride : sum;
            nint first = starts[row];
            nint firstEnd = starts[row + 1];
            nint second = firstEnd;
            nint secondEnd = isPair ? starts[row + 2] : firstEnd;
            var a = T.Load(sum);
            var b = T.Load(secondSum);
            for (; first < firstEnd && second < secondEnd; first++, second++)
            {
                a = T.MultiplyAdd(T.Create(factors[first]), T.Load((float*)(inputs + ((nuint)columns[first] << places))), a);
                b = T.MultiplyAdd(T.Create(factors[second]), T.Load((float*)(inputs + ((nuint)columns[second] << places))), b);
            }

            for (; second < secondEnd; second++)
            {
                b = T.MultiplyAdd(T.Create(factors[second]), T.Load((float*)(inputs + ((nuint)columns[second] << places))), b);
            }

            b.Store(secondSum);
            for (; first < firstEnd; first++)
            {
                a = T.MultiplyAdd(T.Create(factors[first]), T.Load((float*)(inputs + ((nuint)columns[first] << places))), a);
            }

            a.Store(sum);
        }
    }
}
