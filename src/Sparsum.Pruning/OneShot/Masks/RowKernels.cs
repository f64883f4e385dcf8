using System.Numerics;
using System.Runtime.CompilerServices;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>
/// What is done to every row of every layer, compiled with full optimisation at once: on a small model in a fresh process, general-purpose
/// routines cost more to compile, and to run before they are, than all scores together.
/// </summary>
internal static class RowKernels
{
    /// <summary><c>|w|</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Magnitudes(ReadOnlySpan<float> weights, Span<float> scores)
    {
        scores = scores[..weights.Length];
        int i = 0;
        for (; i <= weights.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Abs(new Vector<float>(weights[i..])).CopyTo(scores[i..]);
        }

        for (; i < weights.Length; i++)
        {
            scores[i] = Math.Abs(weights[i]);
        }
    }

    /// <summary><c>|w| · factor</c>, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Magnitudes(ReadOnlySpan<float> weights, ReadOnlySpan<float> factors, Span<float> scores)
    {
        scores = scores[..weights.Length];
        factors = factors[..weights.Length];
        int i = 0;
        for (; i <= weights.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (Vector.Abs(new Vector<float>(weights[i..])) * new Vector<float>(factors[i..])).CopyTo(scores[i..]);
        }

        for (; i < weights.Length; i++)
        {
            scores[i] = Math.Abs(weights[i]) * factors[i];
        }
    }

    /// <summary>Whether any value is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool HasNaN(ReadOnlySpan<float> values)
    {
        var equal = Vector<int>.AllBitsSet;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var value = new Vector<float>(values[i..]);
            equal &= Vector.Equals(value, value);
        }

        bool found = equal != Vector<int>.AllBitsSet;
        for (; i < values.Length; i++)
        {
            found |= float.IsNaN(values[i]);
        }

        return found;
    }
}
