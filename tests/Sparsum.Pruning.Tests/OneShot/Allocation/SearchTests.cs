using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Allocation.Search;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The search of levels as a part of runs.</summary>
public sealed class SearchTests
{
    [Theory]
    [InlineData("wanda", null)]
    [InlineData("magnitude", null)]
    [InlineData("sparsegpt", null)]
    [InlineData("wanda", "dsnot")]
    public void It_is_never_worse_than_a_candidate(string method, string? refinement)
    {
        using var model = Create();
        var options = Options(model) with { Method = Named.Method(method), Refinement = Named.Refinement(refinement) };
        var uniform = model.Prune(options with { Allocation = Named.Allocation("uniform") }, output: model.At("uniform"));

        var result = model.Prune(options);

        var candidates = result.Allocation!["candidates"]!.AsObject().ToDictionary(entry => entry.Key, entry => (double)entry.Value!);
        Assert.Equal(["uniform", "owl", "alphapruning", "neuronal", "progression", "search"], candidates.Keys.Take(6));
        Assert.All(candidates.Keys.Skip(6), name => Assert.Equal(("search with rows", true), (name, method != "sparsegpt")));
        double chosen = candidates[(string)result.Allocation["chosen"]!];
        Assert.Equal(candidates.Values.Min(), chosen);

        // What the record says is what the model does, on sequences that the search has not seen.
        Assert.Equal(FolderDivergence.Of(model.Input, model.Output, model.Ids, first: 6), chosen, 1e-5 * (1 + chosen));
        double plain = FolderDivergence.Of(model.Input, model.At("uniform"), model.Ids, first: 6);
        Assert.Equal(plain, candidates["uniform"], 1e-5 * (1 + plain));
        if (((string)result.Allocation["chosen"]!).StartsWith("search", StringComparison.Ordinal) && method != "sparsegpt")
        {
            Assert.Equal(uniform.Zeros, result.Zeros);
        }
    }

    [Fact]
    public void The_divergence_only_falls()
    {
        using var model = Create();

        var levels = model.Prune(Options(model, "search.generations=6")).Allocation!["levels"]!;

        double[] course = [levels["starts"]!.AsObject().Min(start => (double)start.Value!), .. levels["course"]!.AsArray().Select(value => (double)value!)];
        Assert.Equal(1 + 3 + 4 + 6, course.Length);
        Assert.All(course.Skip(1).Zip(course), pair => Assert.True(pair.First <= pair.Second));
        Assert.True(course[^1] < course[0]);
    }

    /// <summary>The derivative through the head, the blocks and the layers, against differences, of layers whose levels are a little more or less of them.</summary>
    [Fact]
    public void A_derivative_tells_what_each_layer_does()
    {
        using var model = Create();
        using var folder = new TemporaryFolder();
        using var pretrained = PretrainedModel.Open(model.Input);
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        var options = Options(model);
        var context = new AllocationContext
        {
            Pretrained = pretrained,
            Task = PruneTask.Of(options),
            Calibration = CalibrationLoader.Load(options.Calibration!, pretrained),
            Backend = backend,
            StateFolder = folder.Root,
        };
        pretrained.LoadAll();
        using var set = new WindowSet(pretrained.LanguageModel, computation, context.Calibration.First(3));
        foreach (var block in pretrained.Model.Blocks)
        {
            set.RunDense(block);
        }

        set.FinishDense(default);
        var grid = new LevelGrid(pretrained.Model.Blocks, context.Task, SearchGranularity.Layer, 0.05, 0.2);
        int[] levels = new int[grid.Parts.Count];
        using var store = new ScaledLevels();
        using var pruned = new LevelModel(context, grid, store, levels, default);
        double[][] products = grid.PerLevel();

        set.Differentiate(pruned, products, default);

        double[] differences = [.. levels.Select((_, part) => At(part, 1) - At(part, -1))];
        double[] told = [.. levels.Select((_, part) => products[part][1 - grid.Least(part)] - products[part][-1 - grid.Least(part)])];
        double wrong = differences.Zip(told, (difference, product) => Math.Abs(difference - product)).Sum();
        Assert.InRange(wrong / differences.Sum(Math.Abs), 0, 0.02);

        double At(int part, int level)
        {
            int[] moved = [.. levels];
            moved[part] = level;
            pruned.MoveTo(moved, default);
            return set.RunAlone(pruned, default);
        }
    }

    /// <summary>On the very text that it is judged on. A derivative of the wrong sign, or of another part, would lead upwards, and nothing would be taken.</summary>
    [Theory]
    [InlineData("wanda")]
    [InlineData("sparsegpt")]
    public void The_descent_alone_leads_down(string method)
    {
        using var model = Create();
        var options = Options(
            model, "search.candidates=uniform", "search.rounds=0", "search.generations=0", "search.descent-steps=24", "search.windows=12", "search.survivor-windows=12");

        var levels = model.Prune(options with { Method = Named.Method(method) }).Allocation!["levels"]!;

        double start = levels["starts"]!.AsObject().Min(entry => (double)entry.Value!);
        Assert.Equal(24, levels["course"]!.AsArray().Count);
        Assert.InRange((double)levels["divergence"]!, 0, 0.99 * start);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(120)]
    [InlineData(260)]
    [InlineData(285)]
    [InlineData(300)]
    [InlineData(700)]
    [InlineData(780)]
    public void An_interrupted_search_continues_to_the_same_bytes_on_any_number_of_threads(int report)
    {
        using var model = Create();
        var options = Options(model);
        int reports = 0;
        model.Prune(options, output: model.At("whole"), threads: 3, progress: progress => reports += progress.Candidate is null ? 0 : 1);
        Assert.True(reports > report, $"{reports}");

        Interruption.At(model, options, report);
        model.Prune(options, ExistingOutput.Resume);

        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
    }

    [Theory]
    [InlineData(2, 4, SearchGranularity.Layer)]
    [InlineData(4, 8, SearchGranularity.Layer)]
    [InlineData(4, 8, SearchGranularity.Block)]
    public void Patterns_vary_and_meet_the_target_exactly(int prunedPerGroup, int groupSize, SearchGranularity granularity)
    {
        using var model = Create();
        var pattern = new NmPattern(prunedPerGroup, groupSize);

        var result = model.Prune(Options(model, $"search.granularity={granularity.ToString().ToLowerInvariant()}", "search.generations=4") with { Pattern = pattern });

        Assert.Equal(pattern.Sparsity, result.Sparsity);
    }

    [Fact]
    public void Blocks_of_rows_share_zeros()
    {
        using var model = Create();

        var result = model.Prune(Options(model, "search.candidates=uniform") with { BlockRows = 4 });

        using var pruned = PretrainedModel.Open(model.Output);
        pruned.LoadAll();
        foreach (var weight in pruned.Model.Blocks.SelectMany(block => block.Linears).Select(linear => linear.Weight.Value))
        {
            for (int row = 0; row < weight.RowCount; row++)
            {
                Assert.Equal(Zeros(weight.Row(row / 4 * 4)), Zeros(weight.Row(row)));
            }
        }

        Assert.Equal("search", (string)result.Allocation!["chosen"]!);

        static int[] Zeros(Span<float> row) => [.. row.ToArray().Index().Where(entry => entry.Item == 0).Select(entry => entry.Index)];
    }

    [Fact]
    public void Rows_differ_where_that_is_nearer_to_the_dense_model()
    {
        using var model = Create();
        var options = Options(model, "search.candidates=uniform", "search.rounds=0", "search.generations=0");
        var alike = model.Prune(options.Set("search.row-lambdas=0"), output: model.At("alike"));

        var result = model.Prune(options.Set("search.row-lambdas=0.04,0.12"));

        Assert.Null(alike.Allocation!["rows"]);
        var trials = result.Allocation!["rows"]!.AsArray().Select(trial => ((double)trial!["lambda"]!, Divergence: (double)trial["divergence"]!)).ToList();
        Assert.Equal([0, 0.04, 0.12], trials.Select(trial => trial.Item1));
        Assert.NotEqual(0, trials.MinBy(trial => trial.Divergence).Item1);
        Assert.Equal("search with rows", (string)result.Allocation["chosen"]!);
        Assert.Equal(alike.Zeros, result.Zeros);
        Assert.False(RowsDiffer(model.At("alike")));
        Assert.True(RowsDiffer(model.Output));

        static bool RowsDiffer(string folder)
        {
            using var pruned = PretrainedModel.Open(folder);
            pruned.LoadAll();
            return pruned.Model.Blocks.SelectMany(block => block.Linears).Select(linear => linear.Weight.Value)
                .Any(weight => Enumerable.Range(0, weight.RowCount).Select(row => weight.Row(row).ToArray().Count(value => value == 0)).Distinct().Count() > 1);
        }
    }

    [Fact]
    public void Switches_keep_the_total_and_their_parts_within_their_levels()
    {
        using var model = Create();
        using var pretrained = PretrainedModel.Open(model.Input);
        var task = PruneTask.Of(Options(model));
        foreach (var granularity in (SearchGranularity[])[SearchGranularity.Layer, SearchGranularity.Block])
        {
            var grid = new LevelGrid(pretrained.Model.Blocks, task, granularity, 0.05, 0.2);
            var switches = new LevelSwitches(grid, 7);
            int[] levels = new int[grid.Parts.Count];
            int moved = 0;
            for (int i = 0; i < 300; i++)
            {
                int[] next = switches.Mutate(levels);
                moved += next.SequenceEqual(levels) ? 0 : 1;
                levels = next;
                Assert.Equal(0, grid.Excess(levels));
                Assert.All(levels.Index(), entry => Assert.InRange(entry.Item, grid.Least(entry.Index), grid.Most(entry.Index)));
                double mean = levels.Select((level, part) => grid.Ratio(part, level) * grid.Parts[part].Weights).Sum() / grid.Parts.Sum(part => part.Weights);
                Assert.Equal(0.7, mean, 1e-9);
            }

            Assert.InRange(moved, 200, 300);
        }
    }

    [Fact]
    public void A_step_of_the_descent_prunes_what_costs_less_and_keeps_the_mean()
    {
        using var model = Create();
        using var pretrained = PretrainedModel.Open(model.Input);
        var grid = new LevelGrid(pretrained.Model.Blocks, PruneTask.Of(Options(model)), SearchGranularity.Layer, 0.05, 0.2);
        grid.Fix(3);
        int[] levels = new int[grid.Parts.Count];
        double[][] products = grid.PerLevel();

        // Part 0 gains by each level that it is pruned more, part 1 loses as much, the others do not care.
        for (int level = 0; level < products[0].Length; level++)
        {
            (products[0][level], products[1][level]) = (-0.1 * level, 0.1 * level);
        }

        var state = DescentState.At(grid, levels).Next(grid, levels, products, rate: 0.5);

        Assert.True(state.Ratios[0] > 0.7 + (0.4 * grid.StepOf(0)));
        Assert.True(state.Ratios[1] < 0.7 - (0.4 * grid.StepOf(1)));
        Assert.Equal(0.7, state.Ratios[3]);
        double mean = state.Ratios.Select((ratio, part) => ratio * grid.Parts[part].Weights).Sum() / grid.Parts.Sum(part => part.Weights);
        Assert.Equal(0.7, mean, 1e-9);
        Assert.Equal(0, grid.Excess(state.Levels(grid)));

        // Ratios stay within the levels that there are, and a derivative that is no number changes nothing.
        for (int i = 0; i < 20; i++)
        {
            state = state.Next(grid, levels, products, rate: 3);
        }

        Assert.All(state.Ratios.Index(), entry => Assert.InRange(entry.Item, grid.Ratio(entry.Index, grid.Least(entry.Index)), grid.Ratio(entry.Index, grid.Most(entry.Index))));
        Array.Fill(products[2], double.NaN);
        Assert.Same(state.Ratios, state.Next(grid, levels, products, rate: 1).Ratios);
    }

    /// <summary>In bfloat16: the weights that stay are at most a 256th of themselves off, and none that stays becomes zero.</summary>
    [Theory]
    [InlineData("sparsegpt")]
    [InlineData("wanda")]
    public void Levels_are_the_layers_that_the_method_makes(string method)
    {
        using var model = Create();
        using var folder = new TemporaryFolder();
        using var pretrained = PretrainedModel.Open(model.Input);
        using var backend = new CpuBackend(2);
        pretrained.LoadAll();
        var task = PruneTask.Of(Options(model) with { Method = Named.Method(method) });
        var (blocks, block) = (pretrained.Model.Blocks, pretrained.Model.Blocks[1]);
        var layer = block.Linears[^1];
        float[] dense = layer.Weight.Value.ToArray();
        using ILevelStore store = method == "sparsegpt"
            ? new LevelWeights(folder["levels"], blocks, task.SearchPruner, backend)
            : new LevelMarks(folder["levels"], blocks, (ISaliency)task.Method, task.Masks, 2);
        using var observer = new InputObserver(backend, store.Needs | StatisticKinds.Squares);
        using var inputs = Tensor.From([.. Enumerable.Range(0, 40 * layer.InputSize).Select(i => MathF.Sin(i * 1.7f))], 40, layer.InputSize);
        observer.Observe(layer, inputs);
        var statistics = observer.StatisticsOf(layer, 1);
        LayerTarget[] targets = [.. new[] { 0, 0.25, 0.5, 0.75 }.Select(ratio => new LayerTarget(ratio))];
        store.Write(block, block.Linears.Count - 1, targets, statistics);

        Assert.Equal(dense, layer.Weight.Value.ToArray());
        float[] slopes = [.. dense.Select((_, i) => MathF.Cos(i * 0.9f))];
        using var gradient = Tensor.From(slopes, layer.OutputSize, layer.InputSize);
        double[] products = store.Products(block, block.Linears.Count - 1, gradient, targets.Length);
        foreach (int level in (int[])[3, 0, 2, 1])
        {
            dense.CopyTo(layer.Weight.Value.Span);
            store.Apply(block, block.Linears.Count - 1, level);
            float[] stored = layer.Weight.Value.ToArray();
            dense.CopyTo(layer.Weight.Value.Span);
            if (level > 0)
            {
                task.SearchPruner.Prune(block, layer, statistics, targets[level], backend);
            }

            float[] made = layer.Weight.Value.ToArray();
            Assert.Equal(targets[level].Ratio, (double)made.Count(value => value == 0) / made.Length, 0.01);
            Assert.Equal(made.Select(value => value == 0), stored.Select(value => value == 0));
            Assert.All(made.Zip(stored), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, Math.Abs(pair.First) / 256));
            Assert.Equal(products[level], stored.Zip(slopes, (value, slope) => (double)value * slope).Sum(), 1e-4);
            Assert.Equal(method != "sparsegpt" || level == 0, made.Zip(dense).All(pair => pair.First == 0 || pair.First == pair.Second));
        }
    }

    [Theory]
    [InlineData("invalid-setting", "search.step=0")]
    [InlineData("invalid-setting", "search.reach=0.01")]
    [InlineData("invalid-setting", "search.held-out=0")]
    [InlineData("invalid-setting", "search.samples=2")]
    [InlineData("invalid-setting", "search.candidates=owl")]
    [InlineData("invalid-setting", "search.candidates=uniform,magic")]
    [InlineData("invalid-setting", "search.survivors=9")]
    [InlineData("invalid-setting", "search.descent-steps=-1")]
    [InlineData("invalid-setting", "search.descent-rate=0")]
    [InlineData("invalid-setting", "search.row-lambdas=-0.1")]
    [InlineData("invalid-setting", "search.row-lambdas=1")]
    [InlineData("too-few-samples", "search.samples=30")]
    public void Settings_that_cannot_be_are_refused_and_leave_nothing(string code, string setting)
    {
        using var model = Create();
        string[] before = Folders.Names(model.Root);

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model, setting)));

        Assert.Equal(code, error.Code);
        Assert.NotNull(error.Hint);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    [Theory]
    [InlineData("sparsegpt", 1)]
    [InlineData("wanda", 4)]
    public void Rows_that_cannot_differ_are_refused_only_where_they_were_asked_for(string method, int blockRows)
    {
        using var model = Create();
        var options = Options(model, "search.row-lambdas=0.1") with { Method = Named.Method(method), BlockRows = blockRows };

        Assert.Equal("conflicting-options", Assert.Throws<InvalidInputException>(() => PruneTask.Of(options)).Code);
        Assert.NotNull(PruneTask.Of(options.Set("search.row-lambdas=0")));
        Assert.NotNull(PruneTask.Of(Options(model) with { Method = options.Method, BlockRows = blockRows }));
    }

    [Fact]
    public void A_candidate_that_cannot_serve_is_left_out_by_name()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape, samples: 7, tokens: 12);

        var result = model.Prune(Options(model, "search.samples=7", "search.candidates=uniform,neuronal"));

        Assert.Contains("NeuronAl", (string)result.Allocation!["leftOut"]!["neuronal"]!, StringComparison.Ordinal);
    }

    /// <summary>Half of each layer, and at other levels two in a hundred more or less.</summary>
    private sealed class ScaledLevels : ILevelStore
    {
        private const int Middle = 4;

        public StatisticKinds Needs => StatisticKinds.None;

        public void Write(TransformerBlock block, int place, IReadOnlyList<LayerTarget> targets, LayerStatistics? statistics)
        {
        }

        public void Apply(TransformerBlock block, int place, int level)
        {
            var weight = block.Linears[place].Weight.Value.Span;
            for (int i = 0; i < weight.Length; i++)
            {
                weight[i] *= 0.5f + (0.02f * (level - Middle));
            }
        }

        public double[] Products(TransformerBlock block, int place, Tensor gradient, int levels)
        {
            double product = block.Linears[place].Weight.Value.ToArray().Zip(gradient.ToArray(), (value, slope) => (double)value * slope).Sum();
            return [.. Enumerable.Range(0, levels).Select(level => product * (0.5 + (0.02 * (level - Middle))))];
        }

        public void Dispose()
        {
        }
    }

    private static TestModel Create() => new(NeuronAlRunTests.Shape, samples: 8, tokens: 12);

    private static PruneOptions Options(TestModel model, params string[] settings) => (model.Options with
    {
        Sparsity = 0.7,
        Allocation = new SearchAllocation(new SearchOptions
        {
            Samples = 8,
            HeldOut = 2,
            Step = 0.05,
            Window = 6,
            Rounds = 1,
            DescentSteps = 4,
            Generations = 2,
            Offspring = 3,
        }),
    }).Set(settings);
}
