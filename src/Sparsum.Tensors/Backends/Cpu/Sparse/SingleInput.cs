using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.Sparse;

/// <summary>
/// The products of one input with a sparse weight, as in token-by-token generation: every nonzero is read once, so that memory is what
/// bounds it. Several sums run side by side because one addition waits for the last.
/// </summary>
internal static unsafe class SingleInput
{
    /// <summary>Adds the products with one block of columns of one chunk of rows.</summary>
    /// <param name="weight">The nonzeros.</param>
    /// <param name="chunk">Which rows.</param>
    /// <param name="block">Which columns.</param>
    /// <param name="input"><c>[Columns]</c>.</param>
    /// <param name="sums">One for each row of the chunk.</param>
    public static void Add(SparseWeight weight, int chunk, int block, float* input, float* sums)
    {
        int* starts = weight.StartsOf(chunk, block);
        int lines = weight.RowsIn(chunk) / weight.LineRows;
        if (weight.LineRows == 1)
        {
            AddRows(starts, lines, weight.Values, weight.Offsets, (byte*)input, sums);
        }
        else
        {
            AddGroups(starts, lines, weight.Values, weight.Offsets, (byte*)input, sums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(int* starts, int rows, float* values, uint* offsets, byte* input, float* sums)
    {
        for (int row = 0; row < rows; row++)
        {
            float* value = values + starts[row];
            float* end = values + starts[row + 1];
            uint* offset = offsets + starts[row];
            float a = sums[row];
            float b = 0;
            float c = 0;
            float d = 0;
            for (; value <= end - 4; value += 4, offset += 4)
            {
                a = MathF.FusedMultiplyAdd(*(float*)(input + offset[0]), value[0], a);
                b = MathF.FusedMultiplyAdd(*(float*)(input + offset[1]), value[1], b);
                c = MathF.FusedMultiplyAdd(*(float*)(input + offset[2]), value[2], c);
                d = MathF.FusedMultiplyAdd(*(float*)(input + offset[3]), value[3], d);
            }

            for (; value < end; value++, offset++)
            {
                a = MathF.FusedMultiplyAdd(*(float*)(input + *offset), *value, a);
            }

            sums[row] = a + b + (c + d);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddGroups(int* starts, int groups, float* values, uint* offsets, byte* input, float* sums)
    {
        for (int group = 0; group < groups; group++, sums += SparseWeight.GroupRows)
        {
            float* value = values + (SparseWeight.GroupRows * (nint)starts[group]);
            uint* offset = offsets + starts[group];
            uint* end = offsets + starts[group + 1];
            var a = Vector128.Load(sums);
            var b = Vector128<float>.Zero;
            var c = Vector128<float>.Zero;
            var d = Vector128<float>.Zero;
            for (; offset <= end - 4; offset += 4, value += 16)
            {
                a = Vector128.FusedMultiplyAdd(Vector128.Load(value), Vector128.Create(*(float*)(input + offset[0])), a);
                b = Vector128.FusedMultiplyAdd(Vector128.Load(value + 4), Vector128.Create(*(float*)(input + offset[1])), b);
                c = Vector128.FusedMultiplyAdd(Vector128.Load(value + 8), Vector128.Create(*(float*)(input + offset[2])), c);
                d = Vector128.FusedMultiplyAdd(Vector128.Load(value + 12), Vector128.Create(*(float*)(input + offset[3])), d);
            }

            for (; offset < end; offset++, value += 4)
            {
                a = Vector128.FusedMultiplyAdd(Vector128.Load(value), Vector128.Create(*(float*)(input + *offset)), a);
            }

            (a + b + (c + d)).Store(sums);
        }
    }
}
