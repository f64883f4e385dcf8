using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// What expressions make of the Wanda scores of each block of the dense model. The statistics are gathered once; the scores are computed
/// anew whenever expressions are asked about, one block in memory at a time.
/// </summary>
internal sealed class DsaImportances(AllocationContext context)
{
    private Dictionary<Linear, LayerStatistics>? statistics;

    /// <summary>The importances of all blocks, for each expression.</summary>
    public float[][] Evaluate(IReadOnlyList<DsaExpression> expressions, CancellationToken cancellationToken)
    {
        var model = context.Pretrained.Model;
        float[][] importances = [.. expressions.Select(_ => new float[model.Blocks.Count])];
        if (statistics is null)
        {
            var seen = new Dictionary<Linear, LayerStatistics>();
            context.ForEachDenseBlock(
                (block, statisticsOf) =>
                {
                    foreach (var linear in block.Linears)
                    {
                        seen[linear] = statisticsOf(linear);
                    }

                    Evaluate(block, seen);
                },
                cancellationToken);
            statistics = seen;
        }
        else
        {
            foreach (var block in model.Blocks)
            {
                using var loaded = new LoadedParameters(context.Pretrained, block.Parameters, cancellationToken);
                Evaluate(block, statistics);
            }
        }

        return importances;

        void Evaluate(TransformerBlock block, Dictionary<Linear, LayerStatistics> known)
        {
            var scores = block.Linears.Select(linear => Scores(linear, known[linear])).ToList();
            foreach (var (index, expression) in expressions.Index())
            {
                cancellationToken.ThrowIfCancellationRequested();
                importances[index][block.Index] = expression.Evaluate(scores);
            }
        }
    }

    private LayerScores Scores(Linear linear, LayerStatistics known) => new(
        linear.Name, linear.OutputSize, linear.InputSize, new Wanda().Prepare(linear.Weight.Value, known), context.Backend.Threads);
}
