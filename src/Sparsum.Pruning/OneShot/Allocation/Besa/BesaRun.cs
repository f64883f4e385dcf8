using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>Takes the blocks of a model through dense pass, learning and masked pass, one in memory at a time.</summary>
internal sealed class BesaRun : IDisposable
{
    private readonly AllocationContext context;
    private readonly BesaLearning options;
    private readonly ISaliency saliency;
    private readonly BlockRunner runner;
    private readonly HiddenStates inputs;
    private readonly HiddenStates reference;

    public BesaRun(AllocationContext context, BesaLearning options, ISaliency saliency)
    {
        this.context = context;
        this.options = options;
        this.saliency = saliency;
        runner = new BlockRunner(Model, context.Backend, context.Calibration!, context.Progress);
        inputs = runner.CreateStates();
        reference = runner.CreateStates();
    }

    private TransformerModel Model => context.Pretrained.Model;

    /// <summary>The finished blocks, those that an interrupted run had finished included.</summary>
    public IReadOnlyList<BesaJournal.Block> Execute(CancellationToken cancellationToken)
    {
        var finished = new List<BesaJournal.Block>();
        if (BesaJournal.Load(context.StateFolder, inputs, reference) is { } journal)
        {
            finished.AddRange(journal.Blocks);
        }
        else
        {
            using var loaded = new LoadedParameters(context.Pretrained, Model.EmbeddingParameters, cancellationToken);
            runner.Embed(inputs, cancellationToken);
            inputs.States.CopyTo(reference.States);
        }

        foreach (var block in Model.Blocks.Skip(finished.Count))
        {
            using var loaded = new LoadedParameters(context.Pretrained, block.Parameters, cancellationToken);
            finished.Add(Learn(block, cancellationToken));

            // Parameters of all rows are large arrays: until a full collection came of itself, those of several blocks would stand side by side.
            GC.Collect();
            if (finished.Count < Model.Blocks.Count)
            {
                runner.Propagate(block, inputs, cancellationToken);
                if (context.KeepsStates)
                {
                    BesaJournal.Save(context.StateFolder, finished, inputs, reference, cancellationToken);
                }
            }
        }

        return finished;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        reference.Dispose();
        inputs.Dispose();
        runner.Dispose();
    }

    private BesaJournal.Block Learn(TransformerBlock block, CancellationToken cancellationToken)
    {
        var observer = new InputObserver(context.Backend);
        if (options.IsReferenceDense)
        {
            runner.Observe(block, inputs, observer, cancellationToken);
            runner.Propagate(block, reference, cancellationToken);
        }
        else
        {
            inputs.States.CopyTo(reference.States);
            runner.Propagate(block, reference, cancellationToken, observer);
        }

        using var learner = new BesaBlock(
            Model,
            block,
            Score,
            options,
            context.Backend.Threads);
        var steps = learner.Learn(
            runner.Computation,
            context.Calibration!,
            inputs.States,
            reference.States,
            (done, total) => Report(block, done, total),
            cancellationToken);
        var sparsities = learner.Sparsities();
        if (options.IsExact)
        {
            ExactSparsity.Adjust(learner.Layers, options.Sparsity);
        }

        bool areRowsAlike = !options.IsRowWise && !options.IsExact;
        var targets = learner.Layers.Zip(sparsities, (layer, own) => areRowsAlike
            ? BesaTargets.ForLayer(layer.Linear.InputSize, layer.PrunedCounts[0], own[0])
            : BesaTargets.ForRows(layer.Linear.InputSize, layer.PrunedCounts));
        return new BesaJournal.Block([.. targets], BesaReport.Create(block, learner.Layers, sparsities, steps));

        RowScorer Score(Linear linear)
        {
            var statistics = observer.StatisticsOf(linear, context.Calibration!.Samples);
            BlockComputation.RequireFinite(block, linear, statistics);
            return saliency.Prepare(linear.Weight.Value, saliency.NeedsCalibration ? statistics : null);
        }
    }

    private void Report(TransformerBlock block, int done, int total) =>
        context.Progress?.Report(new PruneProgress(PrunePhase.Allocate, block.Index, Model.Blocks.Count, null, done, total));
}

/// <summary>Turns numbers of pruned columns into ratios that make the mask rules prune just these numbers.</summary>
internal static class BesaTargets
{
    /// <summary>
    /// The target of a layer in which rows are alike: the learned sparsity, unless its product with the columns rounds otherwise in double.
    /// </summary>
    public static LayerTarget ForLayer(int columns, int count, double sparsity)
    {
        bool isSame = sparsity < 1 && (int)Math.Floor(columns * sparsity) == count;
        return new LayerTarget(isSame ? sparsity : BelowOne(count + 0.5, columns));
    }

    /// <summary>The target of a layer whose rows prune different numbers of columns.</summary>
    public static LayerTarget ForRows(int columns, IReadOnlyList<int> counts)
    {
        // A ratio is below 1, so a row can lose all its columns only where the number that stays is rounded down; ties then fall the other
        // way. Half a column keeps the product away from whole numbers.
        bool isRowErased = counts.Contains(columns);
        double shift = isRowErased ? -0.5 : 0.5;
        return new LayerTarget(BelowOne(counts.Average(), columns))
        {
            RowRatios = [.. counts.Select(count => Math.Max(0, count + shift) / columns)],
            RowRounding = isRowErased ? RowRounding.FloorKept : RowRounding.FloorPruned,
        };
    }

    private static double BelowOne(double count, int columns) => Math.Min(count, columns - 0.5) / columns;
}

/// <summary>What the run record tells of a learned block.</summary>
internal static class BesaReport
{
    public static JsonObject Create(
        TransformerBlock block, IReadOnlyList<BesaLayer> layers, IReadOnlyList<float[]> sparsities, IReadOnlyList<BesaStep> steps) => new()
        {
            ["index"] = block.Index,
            ["sparsity"] = (double)layers.Sum(CountZeros) / layers.Sum(layer => layer.Elements),
            ["losses"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Loss)]),
            ["reconstructions"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Reconstruction)]),
            ["meanAlphas"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Sparsity)]),
            ["distances"] = new JsonArray([.. steps.Select(step => (JsonNode)step.Distance)]),
            ["layers"] = new JsonArray([.. layers.Zip(sparsities, (layer, own) => Create(layer, own))]),
        };

    private static JsonNode Create(BesaLayer layer, float[] sparsities) => new JsonObject
    {
        ["name"] = layer.Linear.Name,
        ["alpha"] = sparsities.Average(value => (double)value),
        ["smallestAlpha"] = (double)sparsities.Min(),
        ["largestAlpha"] = (double)sparsities.Max(),
        ["sparsity"] = (double)CountZeros(layer) / layer.Elements,
    };

    private static long CountZeros(BesaLayer layer) => layer.PrunedCounts.Sum(count => (long)count);
}
