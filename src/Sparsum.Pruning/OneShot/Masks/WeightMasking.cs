using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sparsum.Tensors;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Sets weights to zero and counts zeros.</summary>
public static class WeightMasking
{
    /// <summary>Zeroes the pruned weights of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Zero(Span<float> weights, ReadOnlySpan<bool> pruned)
    {
        var bits = MemoryMarshal.Cast<float, uint>(weights);
        var marks = MemoryMarshal.AsBytes(pruned);
        for (int c = 0; c < bits.Length; c++)
        {
            // A mark of 1 becomes no bits, a mark of 0 all bits: no branch that the processor could guess wrong.
            bits[c] &= marks[c] - 1u;
        }
    }

    /// <summary>Exact zeros of either sign.</summary>
    public static long CountZeros(Tensor weight)
    {
        const uint NegativeZero = 0x8000_0000;
        long count = 0;
        for (int row = 0; row < weight.RowCount; row++)
        {
            var bits = MemoryMarshal.Cast<float, uint>(weight.Row(row));
            count += bits.Count(0u) + bits.Count(NegativeZero);
        }

        return count;
    }
}
