using Sparsum.Pruning.Measures;
using Sparsum.Tensors.Numerics;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>
/// Cuts out the intermediate neurons that add nothing or a constant, which the output bias takes over, so that the steps that follow are
/// cheaper. The function stays. Nonzero weights on the other side of such a neuron go with it and count as removed.
/// </summary>
internal static class NeuronDropping
{
    /// <summary>Drops what is dead as long as no more than a number of nonzero weights goes with it.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="optimizer">Follows the removal.</param>
    /// <param name="budget">The most nonzero weights that may go.</param>
    /// <returns>Whether any neuron went.</returns>
    public static bool Run(IEnumerable<TransformerBlock> blocks, Optimizer optimizer, long budget)
    {
        bool any = false;
        foreach (var layer in blocks.SelectMany(block => block.FeedForwards))
        {
            // The plan numbers the neurons that are there.
            var plan = DeadNeurons.Find(layer);
            long cost = NonZeros(layer, plan.Dead);
            if (plan.Dead.Count == 0 || cost > budget)
            {
                continue;
            }

            budget -= cost;
            any = true;
            var present = layer.KeptNeurons;
            AddToBias(layer.Down.Bias, plan.Shift);
            optimizer.Cut(layer.RemoveNeurons([.. plan.Dead.Select(slot => present[slot])]));
        }

        return any;
    }

    private static void AddToBias(Parameter? bias, double[]? shift)
    {
        for (int i = 0; shift is not null && i < shift.Length; i++)
        {
            bias!.Value.Span[i] = (float)(bias.Value.Span[i] + shift[i]);
        }
    }

    private static long NonZeros(FeedForwardLayer layer, IReadOnlyList<int> slots)
    {
        var fanIn = slots.SelectMany(slot => layer.Expand.Select(linear => linear.Weight.Value.Rows(slot, 1)));
        return fanIn.Sum(weights => weights.Length - Zeros.Count(weights))
            + Zeros.Degrees(layer.Down.Weight.Value, columns: slots).Rows.Sum(degree => (long)degree);
    }
}
