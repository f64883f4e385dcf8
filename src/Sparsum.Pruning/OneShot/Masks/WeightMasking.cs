using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Sets weights to zero.</summary>
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
}
