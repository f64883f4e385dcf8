using Sparsum.Training;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>Takes closed parts out of a model for good and folds the gates of the others into it: exact, soft gates included.</summary>
internal static class StructureCut
{
    /// <summary>
    /// Cuts. A part whose gate is closed is skipped from then on; of its heads or neurons one stays, which does nothing, as a module cannot be
    /// without. Where only all heads or neurons of a part are closed, what is left is its bias and the norm behind it, as in training.
    /// </summary>
    /// <param name="trainer">The run, whose moments follow.</param>
    /// <param name="layout">The gates, of the model as it is.</param>
    /// <param name="gates">Their values without noise.</param>
    /// <returns>What became of heads.</returns>
    public static IReadOnlyList<HeadHistory> Apply(Trainer trainer, GateLayout layout, double[] gates)
    {
        var left = new List<double>();
        var heads = new List<HeadHistory>();
        foreach (var (index, place) in layout.Modules.Index())
        {
            double[] own = gates[layout.HeadsOf[index]];
            int[] gone = Gone(own, gates[layout.ModuleGates][index]);
            heads.Add(HeadCut.Apply(trainer, place, gone));
            left.AddRange(own.Where((_, head) => !gone.Contains(head)));
        }

        left.AddRange(gates[layout.ModuleGates]);
        foreach (var (index, (_, layer)) in layout.FeedForwards.Index())
        {
            double[] own = gates[layout.NeuronsOf[index]];
            int[] gone = Gone(own, gates[layout.FeedForwardGates][index]);
            var numbers = layer.KeptNeurons;
            trainer.Optimizer.Cut(layer.RemoveNeurons([.. gone.Select(slot => numbers[slot])]));
            left.AddRange(own.Where((_, neuron) => !gone.Contains(neuron)));
        }

        left.AddRange(gates[layout.FeedForwardGates]);
        left.AddRange(gates[layout.Hidden]);
        double[] folded = [.. left];
        var weights = new GatedWeights(new GateLayout(layout.Model, layout.HasHidden));
        weights.Apply(folded);
        foreach (var (block, part, isClosed) in weights.Parts(folded).ToList())
        {
            block.Unnormalized &= ~part;
            block.Skipped |= isClosed ? part : BlockParts.None;
        }

        if (layout.HasHidden)
        {
            CutFeatures(trainer, layout, [.. gates[layout.Hidden].Index().Where(gate => gate.Item == 0).Select(gate => gate.Index)]);
        }

        return heads;
    }

    /// <summary>The closed ones; the first of them stays where there would be none.</summary>
    private static int[] Gone(double[] own, double part)
    {
        int[] closed = [.. own.Index().Where(gate => gate.Item * part == 0).Select(gate => gate.Index)];
        return closed.Length == own.Length ? closed[1..] : closed;
    }

    /// <summary>Norms no longer run over dead features, and matrices no longer read them; their rows, columns of tables and biases are 0 already.</summary>
    private static void CutFeatures(Trainer trainer, GateLayout layout, int[] dead)
    {
        foreach (var norm in dead.Length == 0 ? [] : layout.Model.HiddenNorms)
        {
            norm.Limit(null);
            trainer.Optimizer.Cut(norm.RemoveFeatures(dead));
        }

        var readers = layout.Modules.SelectMany(module => new[] { module.Attention.Query, module.Attention.Key, module.Attention.Value })
            .Concat(layout.FeedForwards.SelectMany(item => item.Layer.Expand));
        foreach (var reader in readers)
        {
            for (int row = 0; row < reader.OutputSize; row++)
            {
                foreach (int feature in dead)
                {
                    reader.Weight.Value.Row(row)[feature] = 0;
                }
            }
        }
    }
}
