using System.Numerics;
using Sparsum.Pruning.Measures;
using Sparsum.Training.Optimization;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>
/// Keeps weights that are exactly zero at zero: without gradient and moments AdamW does not move them, and no penalty has a side to pull
/// to. Nothing is stored beside the weights.
/// </summary>
internal static class FrozenMask
{
    /// <summary>Takes the gradient from every zero, before a step.</summary>
    public static void ClearGradients(PrunableWeights weights)
    {
        foreach (var parameter in weights.Parameters)
        {
            for (int r = 0; r < parameter.Value.RowCount; r++)
            {
                ClearAtZeros(parameter.Value.Row(r), parameter.Gradient!.Row(r));
            }
        }
    }

    /// <summary>Takes the moments from every zero, when it was written.</summary>
    public static void ClearMoments(PrunableWeights weights, Optimizer optimizer)
    {
        foreach (var parameter in weights.Parameters)
        {
            var state = optimizer.StateOf(parameter);
            for (int r = 0; r < parameter.Value.RowCount; r++)
            {
                ClearAtZeros(parameter.Value.Row(r), state.FirstMoment.Row(r));
                ClearAtZeros(parameter.Value.Row(r), state.SecondMoment.Row(r));
            }
        }
    }

    private static void ClearAtZeros(ReadOnlySpan<float> weights, Span<float> values)
    {
        int i = 0;
        for (; i <= weights.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var isZero = Vector.Equals(new Vector<float>(weights[i..]), Vector<float>.Zero);
            Vector.ConditionalSelect(isZero, Vector<float>.Zero, new Vector<float>(values[i..])).CopyTo(values[i..]);
        }

        for (; i < weights.Length; i++)
        {
            values[i] = weights[i] == 0 ? 0 : values[i];
        }
    }
}
