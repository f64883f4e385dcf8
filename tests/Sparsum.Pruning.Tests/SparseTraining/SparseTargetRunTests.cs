using Sparsum.Core;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Training;
using Sparsum.Training.Optimization;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>Runs end with what was asked for, exactly.</summary>
public class SparseTargetRunTests
{
    public static TheoryData<string, double, int?, string> Targets => new()
    {
        { "magnitude", 0.7, null, "ramp" },
        { "l1", 0.25, null, "ramp" },
        { "l1", 0.9, null, "quantile" },
        { "l1", 0.6, null, "controller" },
        { "neuroprune", 0.5, null, "ramp" },
        { "neuroprune", 0.95, null, "ramp" },
        { "neuroprune", 0.8, 5, "ramp" },
        { "neuroprune", 0.8, 2, "ramp" },
        { "neuroprune", 0.6, 3, "controller" },
        { "neuroprune", 0.75, 6, "quantile" },
        { "neuroprune", 0.25, null, "steered" },
        { "neuroprune", 0.9, null, "steered" },
        { "neuroprune", 0.8, 4, "steered" },
        { "l1", 0.7, null, "steered" },
        { "magnitude", 0.6, null, "steered" },
    };

    [Theory]
    [MemberData(nameof(Targets))]
    public void Sparsity_and_heads_are_exact(string method, double sparsity, int? heads, string mode)
    {
        foreach (bool isOpt in new[] { false, true })
        {
            using var run = new SparseRunner(method, new SparseTargets { Sparsity = sparsity, Heads = heads }, isOpt: isOpt, settings: [$"targetMode={mode}"]);
            run.Trainer.Run();
            var result = run.Sparsifier.Finish(run.Trainer);

            var tracked = PrunableWeights.Of(run.Model.Blocks, SparsityScope.Regularised);
            var zeros = tracked.Measure(float.Epsilon);
            Assert.InRange(zeros.NearZero + zeros.Removed - (sparsity * tracked.Dense), -1, 1);
            int removed = run.Sparsifier.Heads.Sum(module => module.Record.RemovedHeads.Count);
            Assert.Equal(8 - removed, run.Model.Blocks.Sum(block => block.Attention.HeadCount));
            Assert.Equal(heads ?? 8 - removed, 8 - removed);
            Assert.True(run.Sparsifier.IsSettled(run.Trainer));
            Assert.InRange(result.LargestThreshold, result.Threshold, 10);
        }
    }

    [Theory]
    [InlineData("l1", 0.1, null, "proximal", "lambda=30")]
    [InlineData("l1", 0.3, null, "clipAtZero", "lambda=30")]
    [InlineData("l1", 0.9, null, "proximal", "lambda=0.0001")]
    [InlineData("neuroprune", 0.1, null, "proximal", "alpha=30", "beta=30")]
    [InlineData("neuroprune", 0.4, 5, "proximal", "alpha=30", "beta=30")]
    [InlineData("neuroprune", 0.7, null, "proximal", "alpha=1", "beta=1")]
    [InlineData("neuroprune", 0.3, null, "clipAtZero", "alpha=30", "beta=30")]
    [InlineData("neuroprune", 0.5, 3, "clipAtZero", "alpha=1", "beta=1")]
    public void Along_a_ramp_penalties_that_write_zeros_end_with_as_many_as_were_asked_for(string method, double sparsity, int? heads, string mode, params string[] strengths)
    {
        foreach (bool isOpt in new[] { false, true })
        {
            using var run = new SparseRunner(
                method, new SparseTargets { Sparsity = sparsity, Heads = heads }, isOpt: isOpt, settings: ["targetMode=ramp", $"penaltyMode={mode}", .. strengths]);
            run.Trainer.Run();
            var result = run.Sparsifier.Finish(run.Trainer);

            Assert.InRange(Surplus(run, sparsity), -1, 1);
            Assert.Equal(0, result.Excess);
        }
    }

    [Fact]
    public void What_is_freed_at_the_end_of_a_ramp_learns()
    {
        // Penalties hold far more than a tenth at zero until they come off, after 21 steps; the ramp ends with the 22nd.
        var zeros = new List<long>();
        var watchers = new[] { 21, 22, 32 }.Select(step => new Watcher(step, trainer =>
            zeros.Add(PrunableWeights.Of(trainer.Model.Blocks, SparsityScope.Regularised).Measure(float.Epsilon).NearZero))).ToList();
        using var run = new SparseRunner(
            "l1", new SparseTargets { Sparsity = 0.1 }, observer: new Together(watchers), settings: ["targetMode=ramp", "penaltyMode=proximal", "lambda=30"]);
        run.Trainer.Run();

        Assert.InRange(zeros[0], 600, 3072);
        Assert.Equal([307, 307], zeros[1..]);
        double[] magnitudes =
        [
            .. PrunableWeights.Of(run.Model.Blocks, SparsityScope.Regularised).Parameters
                .SelectMany(parameter => parameter.Value.ToArray())
                .Where(weight => weight != 0)
                .Select(weight => (double)Math.Abs(weight)),
        ];
        Assert.True(magnitudes.Count(magnitude => magnitude < 1e-4) < 100, $"{magnitudes.Count(magnitude => magnitude < 1e-4)} weights hardly moved");
    }

    [Theory]
    [InlineData("quantile", "lambda=1")]
    [InlineData("controller", "lambda=30")]
    [InlineData("ramp", "lambda=30", "lockZeros=true")]
    public void Zeros_that_nothing_takes_back_are_counted(string mode, params string[] settings)
    {
        using var run = new SparseRunner(
            "l1", new SparseTargets { Sparsity = 0.1 }, settings: ["penaltyMode=proximal", $"targetMode={mode}", .. settings]);
        run.Trainer.Run();

        var result = run.Sparsifier.Finish(run.Trainer);

        Assert.InRange(result.Excess, 100, 3072);
        Assert.Equal(Surplus(run, 0.1), result.Excess, 0.5);
        Assert.Equal(0, result.Threshold);
    }

    [Fact]
    public void A_model_that_comes_with_more_zeros_keeps_them_along_a_ramp()
    {
        using var run = new SparseRunner("magnitude", new SparseTargets { Sparsity = 0.2 });
        foreach (var parameter in PrunableWeights.Of(run.Model.Blocks, SparsityScope.Regularised).Parameters)
        {
            parameter.Value.Span[..(parameter.Value.Span.Length / 2)].Clear();
        }

        run.Trainer.Run();

        Assert.Equal(1536 - 614, run.Sparsifier.Finish(run.Trainer).Excess);
    }

    [Fact]
    public void A_number_of_heads_alone_is_reached_with_one_left_in_each_module()
    {
        using var run = new SparseRunner("neuroprune", new SparseTargets { Heads = 2 });
        run.Trainer.Run();

        Assert.All(run.Model.Blocks, block => Assert.Equal(1, block.Attention.HeadCount));
        Assert.All(run.Sparsifier.Heads, module => Assert.Equal(3, module.Record.MergedInto.Count));
        Assert.All(run.Sparsifier.Heads, module => Assert.Equal(3, module.Record.Removals.Count));
        Assert.All(run.Sparsifier.Heads.SelectMany(module => module.Record.RemovedAtEpoch.Values), epoch => Assert.InRange(epoch, 1, 3));
    }

    [Fact]
    public void Heads_that_are_still_to_go_do_not_make_penalties_stronger()
    {
        // Four heads are a quarter of the weights: asked of the penalties until they go, that would raise the factors millionfold.
        Assert.InRange(Alpha(heads: 4) / Alpha(heads: null), 0.1, 10);

        static double Alpha(int? heads)
        {
            using var run = new SparseRunner("neuroprune", new SparseTargets { Sparsity = 0.8, Heads = heads }, settings: ["targetMode=ramp", "theta=-1"]);
            run.Trainer.Run();
            return run.Sparsifier.Strengths["alpha"];
        }
    }

    [Fact]
    public void What_the_ramp_set_to_zero_stays_and_the_rest_goes_on_learning()
    {
        var atSettling = new List<float[]>();
        var watcher = new Watcher(16, trainer => atSettling.AddRange(trainer.Model.Parameters.Select(parameter => parameter.Value.ToArray())));
        using var run = new SparseRunner(
            "neuroprune", new SparseTargets { Sparsity = 0.8, Heads = 5 }, observer: watcher, settings: ["targetMode=ramp", "rampShare=0.5"]);

        run.Trainer.Run();

        Assert.Equal(5, run.Model.Blocks.Sum(block => block.Attention.HeadCount));
        var tracked = PrunableWeights.Of(run.Model.Blocks, SparsityScope.Regularised).Parameters.ToHashSet();
        foreach (var (parameter, before) in run.Model.Parameters.Zip(atSettling))
        {
            float[] after = parameter.Value.ToArray();
            Assert.NotEqual(before, after);
            if (tracked.Contains(parameter))
            {
                Assert.Equal(before.Select(weight => weight == 0), after.Select(weight => weight == 0));
            }
        }
    }

    [Theory]
    [InlineData("neuroprune")]
    [InlineData("neuroprune-ramp")]
    public void In_a_run_of_one_epoch_redundant_heads_go_before_the_ramp_takes_their_place(string method)
    {
        // All heads of this small model are within a theta of 10, and as many as the target has room for are to go.
        using var run = new SparseRunner(
            method, new SparseTargets { Sparsity = 0.7 }, SparseRunner.Options with { Epochs = 1 }, settings: ["theta=10"]);
        run.Trainer.Run();
        var sources = run.Sparsifier.Finish(run.Trainer).Sources!;

        Assert.InRange(run.Sparsifier.Heads.Sum(module => module.Record.RemovedHeads.Count), 4, 6);
        Assert.InRange(sources.ByStructure, 4 * 192, 6 * 192);
        Assert.InRange(Surplus(run, 0.7), -1, 1);
    }

    [Fact]
    public void Penalties_come_first_and_the_ramp_closes_what_is_left()
    {
        // Small steps, so that what is pressed comes to lie below the bound.
        var slow = SparseRunner.Options with { Epochs = 20, LearningRate = 5e-4 };
        var target = new SparseTargets { Sparsity = 0.8 };
        using var steered = new SparseRunner("neuroprune", target, slow, settings: ["theta=-1", "epsilon=0.001"]);
        using var magnitude = new SparseRunner("magnitude", target, slow, settings: ["epsilon=0.001"]);
        SparsitySources[] sources = [.. new[] { steered, magnitude }.Select(run =>
        {
            run.Trainer.Run();
            return run.Sparsifier.Finish(run.Trainer).Sources!;
        })];

        Assert.All(sources, own => Assert.InRange(own.Before + own.ByPenalty + own.ByStructure + own.ByThreshold, 2457, 2459));
        Assert.All(sources, own => Assert.InRange(own.Before, 0, 5));
        Assert.Equal(0, sources[1].ByStructure);
        Assert.True(sources[0].ByPenalty > 3 * sources[1].ByPenalty, $"{sources[0]}, {sources[1]}");
    }

    [Fact]
    public void Steering_stays_within_what_is_searched_by_hand()
    {
        using var run = new SparseRunner("neuroprune", new SparseTargets { Sparsity = 0.95 });
        run.Trainer.Run();

        Assert.InRange(run.Sparsifier.Strengths["alpha"], 1e-5, 0.1 + 1e-9);
        Assert.InRange(run.Sparsifier.Strengths["theta"], 0.15, 0.25);
    }

    [Theory]
    [InlineData("dense", 0.5, null, "no-target")]
    [InlineData("l1", null, 4, "no-target")]
    [InlineData("magnitude", null, null, "no-target")]
    [InlineData("neuroprune", null, 1, "unreachable-heads")]
    [InlineData("neuroprune", null, 9, "unreachable-heads")]
    [InlineData("neuroprune", 0.01, 2, "conflicting-targets")]
    public void Targets_that_cannot_be_reached_are_refused(string method, double? sparsity, int? heads, string code)
    {
        var error = Assert.Throws<InvalidInputException>(
            () => new SparseRunner(method, new SparseTargets { Sparsity = sparsity, Heads = heads }));

        Assert.Equal(code, error.Code);
    }

    /// <summary>Zeros and removed weights beyond a sparsity.</summary>
    private static double Surplus(SparseRunner run, double sparsity)
    {
        var tracked = PrunableWeights.Of(run.Model.Blocks, SparsityScope.Regularised);
        var zeros = tracked.Measure(float.Epsilon);
        return zeros.NearZero + zeros.Removed - (sparsity * tracked.Dense);
    }

    private sealed class Together(IReadOnlyList<ITrainingHook> hooks) : ITrainingHook
    {
        public void AfterStep(Trainer trainer, OptimizerStep done)
        {
            foreach (var hook in hooks)
            {
                hook.AfterStep(trainer, done);
            }
        }
    }

    private sealed class Watcher(int step, Action<Trainer> action) : ITrainingHook
    {
        public void AfterStep(Trainer trainer, OptimizerStep done)
        {
            if (done.Number == step)
            {
                action(trainer);
            }
        }
    }
}
