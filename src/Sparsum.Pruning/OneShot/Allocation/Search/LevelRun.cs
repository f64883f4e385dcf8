using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Prepares a search of levels and runs it. One streamed pass of the dense model gathers statistics, keeps what every layer is at each level,
/// and takes what the dense model says on all windows; then the pruned model is held in memory.
/// </summary>
/// <param name="context">The model.</param>
/// <param name="options">The budget.</param>
/// <param name="sequences">What may be looked at.</param>
/// <param name="zeros">Those that the model has.</param>
internal sealed class LevelRun(AllocationContext context, SearchOptions options, CalibrationSet sequences, ExistingZeros zeros)
{
    /// <summary>Progressions over depth that the search may begin at besides: on levels, each costs no more than an offspring.</summary>
    private static readonly double[] Lines = [0.05, 0.1, 0.15, 0.2, 0.25];

    private readonly CausalLanguageModel model = context.Pretrained.LanguageModel;

    /// <summary>Searches.</summary>
    /// <param name="plans">Plans to begin at.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public (SparsityPlan Plan, JsonObject Report) Execute(IReadOnlyList<(string Name, SparsityPlan Plan)> plans, CancellationToken cancellationToken)
    {
        var grid = new LevelGrid(model.Blocks, context.Task, options.Granularity, options.Step, options.Reach);
        var (survivorWindows, firstWindows) = WindowSet.Cut(sequences, options);
        using var computation = new Computation(context.Backend);
        using var store = CreateStore(Path.Combine(context.StateFolder, "search.levels.bin"));
        var sets = new List<WindowSet>();
        try
        {
            using (new LoadedParameters(context.Pretrained, model.EmbeddingParameters, cancellationToken))
            {
                sets.AddRange(firstWindows.Prepend(survivorWindows).Select(windows => new WindowSet(model, computation, windows)));
            }

            RunDense(grid, store, sets, cancellationToken);
            var starts = plans.Select(plan => (plan.Name, Levels: grid.Nearest(Ratios(grid, plan.Plan))))
                .Concat(Lines.Select(lambda => (Name: FormattableString.Invariant($"line {lambda}"), Levels: grid.Nearest(Line(grid, lambda)))))
                .Where(start => start.Levels is not null)
                .DistinctBy(start => string.Join(',', start.Levels!));
            using var pruned = new LevelModel(context, grid, store, new int[grid.Parts.Count], cancellationToken);
            var search = new LevelSearch(context, options, grid, pruned, sets[0], sets[1..], context.StateFolder);
            var journal = search.Run([.. starts.Select(start => (start.Name, start.Levels!))], cancellationToken);
            return (new SparsityPlan(zeros.Adjust(Targets(grid, journal.Levels))), Report(journal, zeros.Share));
        }
        finally
        {
            sets.ForEach(set => set.Dispose());
        }
    }

    /// <summary>Whether levels are marks on the dense weights; otherwise they are weights that the method made.</summary>
    internal static bool Marks(AllocationTask task) => task.Method.ForSearch is ISaliency;

    private ILevelStore CreateStore(string path) => context.Task.Method.ForSearch is ISaliency saliency
        ? new LevelMarks(path, model.Blocks, saliency, context.Task.Masks, context.Backend.Threads)
        : new LevelWeights(path, model.Blocks, context.Task.SearchPruner, context.Backend);

    private void RunDense(LevelGrid grid, ILevelStore store, List<WindowSet> sets, CancellationToken cancellationToken)
    {
        var parts = grid.Parts.Index().SelectMany(part => part.Item.Places.Select(place => (part.Index, part.Item.Block, Place: place)))
            .ToDictionary(part => (part.Block, part.Place), part => part.Index);
        var progress = new AllocationProgress(context.Progress) { Candidate = "search, dense model" };
        using var runner = new BlockRunner(model, context.Backend, sequences, progress);
        using var states = runner.CreateStates();
        using (new LoadedParameters(context.Pretrained, model.EmbeddingParameters, cancellationToken))
        {
            runner.Embed(states, cancellationToken);
        }

        foreach (var block in model.Blocks)
        {
            using var loaded = new LoadedParameters(context.Pretrained, block.Parameters, cancellationToken);
            using var observer = new InputObserver(context.Backend, store.Needs | StatisticKinds.Squares);
            runner.Propagate(block, states, cancellationToken, observer);
            foreach (var set in sets)
            {
                cancellationToken.ThrowIfCancellationRequested();
                set.RunDense(block);
            }

            for (int place = 0; place < block.Linears.Count; place++)
            {
                int part = parts[(block.Index, place)];
                var statistics = observer.StatisticsOf(block.Linears[place], sequences.Samples);
                BlockComputation.RequireFinite(block, block.Linears[place], statistics);
                var targets = grid.Options(part).Select(level => grid.Target(part, level)).ToList();
                store.Write(block, place, targets, statistics);
                if (statistics.IsUnseen && grid.Parts[part].Places.Count == 1)
                {
                    grid.Fix(part);
                }
            }
        }

        using (new LoadedParameters(context.Pretrained, model.HeadParameters, cancellationToken))
        {
            sets.ForEach(set => set.FinishDense(cancellationToken));
        }
    }

    /// <summary>A progression over depth from <c>s - λ</c> to <c>s + λ</c>.</summary>
    private double[] Line(LevelGrid grid, double lambda)
    {
        double[] ratios = BlockSchedule.Ratios(BlockSizes.Of(model), context.Sparsity, lambda);
        return [.. grid.Parts.Select(part => ratios[part.Block])];
    }

    /// <summary>The ratio that a plan gives each part.</summary>
    private double[] Ratios(LevelGrid grid, SparsityPlan plan) => [.. grid.Parts.Select(part =>
        part.Places.Sum(place => Ratio(plan.Target(part.Block, place)) * BlockSizes.Of(model.Blocks[part.Block].Linears[place])) / part.Weights)];

    private static double Ratio(LayerTarget target) => target.RowRatios?.Average() ?? target.Ratio;

    private IReadOnlyList<IReadOnlyList<LayerTarget>> Targets(LevelGrid grid, IReadOnlyList<int> levels)
    {
        var targets = model.Blocks.Select(block => new LayerTarget[block.Linears.Count]).ToArray();
        foreach (var (i, part) in grid.Parts.Index())
        {
            foreach (int place in part.Places)
            {
                targets[part.Block][place] = grid.Target(i, levels[i]);
            }
        }

        return context.Task.Masks.Pattern is null
            ? WholeColumns.Targets(model.Blocks, [.. targets.Select(block => block.Select(target => target.Ratio).ToArray())], context.Sparsity)
            : targets;
    }

    private JsonObject Report(LevelJournal journal, double existingZeros) => new()
    {
        ["granularity"] = SettingText.Format(options.Granularity),
        ["existingZeros"] = existingZeros,
        ["starts"] = new JsonObject(journal.Starts.Select(start => KeyValuePair.Create(start.Name, Number(start.Divergence)))),
        ["course"] = new JsonArray([.. journal.Course.Select(Number)]),
        ["divergence"] = Number(journal.Divergence),
    };

    private static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
