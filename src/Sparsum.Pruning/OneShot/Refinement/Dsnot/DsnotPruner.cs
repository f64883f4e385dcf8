using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>Chooses masks by initial scores and refines those of attention layers, or of all.</summary>
/// <param name="options">How it refines.</param>
/// <param name="initial">Scores the weights for the initial mask.</param>
/// <param name="granularity">Which weights compete with each other in the initial mask.</param>
internal sealed class DsnotPruner(DsnotOptions options, ISaliency initial, Granularity granularity) : ILayerPruner
{
    /// <inheritdoc/>
    public StatisticKinds Needs => initial.Needs | StatisticKinds.Squares | StatisticKinds.Moments;

    /// <inheritdoc/>
    public void Check(Linear layer, LayerTarget target) => MaskRules.For(granularity, target).Check(layer.Name, layer.InputSize);

    /// <inheritdoc/>
    public string? Prune(TransformerBlock block, Linear layer, LayerStatistics? statistics, LayerTarget target, IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        var weight = layer.Weight.Value;
        layer.Unpack();
        var scorer = initial.Prepare(weight, statistics);
        var scores = new LayerScores(layer.Name, layer.OutputSize, layer.InputSize, scorer, backend.Threads);
        var rule = MaskRules.For(granularity, target);
        if (options.SkipMlp && block.FeedForward.Linears.Contains(layer))
        {
            rule.Select(scores, target.Ratio, (row, pruned) => WeightMasking.Zero(weight.Row(row), pruned));
            return statistics.Hessian?.Note;
        }

        var refinement = new DsnotLayer(options, weight, statistics, scorer, target.Pattern);
        if (options.Compatible)
        {
            RefineAsPublished(layer, refinement, rule, scores, target.Ratio);
        }
        else
        {
            rule.Select(scores, target.Ratio, (row, pruned) =>
            {
                bool[] refined = pruned.ToArray();
                refinement.Refine(row, refined);
                WeightMasking.Zero(weight.Row(row), refined);
            });
        }

        return statistics.Hessian?.Note;
    }

    /// <summary>In the published code all rows go through as many cycles as the last of them needs to stop.</summary>
    private static void RefineAsPublished(Linear layer, DsnotLayer refinement, IMaskRule rule, LayerScores scores, double ratio)
    {
        int[] stops = new int[layer.OutputSize];
        rule.Select(scores, ratio, (row, pruned) => stops[row] = refinement.FindStop(row, pruned));
        RequireInside(layer, stops);
        int cycles = stops.Max();
        bool[][] masks = new bool[layer.OutputSize][];
        rule.Select(scores, ratio, (row, pruned) =>
        {
            masks[row] = pruned.ToArray();
            stops[row] = refinement.RefineAsPublished(row, masks[row], cycles);
        });
        RequireInside(layer, stops);
        for (int row = 0; row < masks.Length; row++)
        {
            WeightMasking.Zero(layer.Weight.Value.Row(row), masks[row]);
        }
    }

    private static void RequireInside(Linear layer, int[] stops)
    {
        int failed = Array.IndexOf(stops, -1);
        if (failed >= 0)
        {
            throw new RunFailedException("exhausted-candidates", $"The published DSnoT fails on layer '{layer.Name}'.")
            {
                Found = FormattableString.Invariant($"row {failed} ran out of its {layer.InputSize} columns"),
                Expected = "more columns than twice the cycles",
                Hint = "Lower dsnot.cycles, or leave out dsnot.compatible: a row then stops when it runs out.",
            };
        }
    }
}
