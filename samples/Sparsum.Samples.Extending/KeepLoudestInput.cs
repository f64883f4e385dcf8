using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Refinement;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Samples.Extending;

/// <summary>A refinement: no row loses the weight of the input feature with the largest norm; the least important weight it kept goes instead.</summary>
public sealed class KeepLoudestInput : IMaskRefinement
{
    /// <inheritdoc/>
    public string Name => "keep-loudest-input";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public ILayerPruner Create(ISaliency initial, MaskOptions masks) => new Pruner(initial, masks);

    private sealed class Pruner(ISaliency initial, MaskOptions masks) : ILayerPruner
    {
        public StatisticKinds Needs => initial.Needs | StatisticKinds.Squares;

        public void Check(Linear layer, LayerTarget target) => RuleFor(target).Check(layer.Name, layer.InputSize);

        public string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend)
        {
            var weight = layer.Weight.Value;
            layer.Unpack();
            int loudest = TensorPrimitives.IndexOfMax(statistics!.InputNorms);
            var scorer = initial.Prepare(weight, statistics);
            var scores = new LayerScores(layer.Name, layer.OutputSize, layer.InputSize, scorer, backend.Threads);
            RuleFor(target).Select(scores, target.Ratio, (row, pruned) =>
            {
                bool[] refined = pruned.ToArray();
                int least = pruned[loudest] ? LeastKept(scorer, row, refined) : -1;
                if (least >= 0)
                {
                    (refined[loudest], refined[least]) = (false, true);
                }

                WeightMasking.Zero(weight.Row(row), refined);
            });
            return null;
        }

        private IMaskRule RuleFor(LayerTarget target) => MaskRules.For(masks.Granularity, target, masks.BlockRows);

        /// <summary>The kept weight of the lowest score; -1 where a row keeps none.</summary>
        private static int LeastKept(RowScorer scorer, int row, bool[] pruned)
        {
            float[] values = new float[pruned.Length];
            scorer(row, values);
            int least = -1;
            for (int column = 0; column < values.Length; column++)
            {
                if (!pruned[column] && (least < 0 || values[column] < values[least]))
                {
                    least = column;
                }
            }

            return least;
        }
    }
}
