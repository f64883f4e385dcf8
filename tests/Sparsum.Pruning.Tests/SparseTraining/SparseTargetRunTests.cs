using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Measures;
using Sparsum.Training;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Errors;
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

            var tracked = TrackedWeights.Of(run.Model.Blocks, SparsityDenominator.Regularised);
            var zeros = tracked.Measure(float.Epsilon);
            Assert.InRange(zeros.NearZero + zeros.Removed - (sparsity * tracked.Dense), -1, 1);
            int removed = run.Sparsifier.Heads.Sum(module => module.Record.RemovedHeads.Count);
            Assert.Equal(8 - removed, run.Model.Blocks.Sum(block => block.Attention.HeadCount));
            Assert.Equal(heads ?? 8 - removed, 8 - removed);
            Assert.True(run.Sparsifier.IsSettled(run.Trainer));
            Assert.InRange(result.LargestThreshold, result.Threshold, 10);
        }
    }

    [Fact]
    public void A_number_of_heads_alone_is_reached_with_one_left_in_each_module()
    {
        using var run = new SparseRunner("neuroprune", new SparseTargets { Heads = 2 });
        run.Trainer.Run();

        Assert.All(run.Model.Blocks, block => Assert.Equal(1, block.Attention.HeadCount));
        Assert.All(run.Sparsifier.Heads, module => Assert.Equal(3, module.Record.MergedInto.Count));
        Assert.All(run.Sparsifier.Heads, module => Assert.Equal(4, module.Importances.Count));
        Assert.All(run.Sparsifier.Heads.SelectMany(module => module.Record.RemovedAtEpoch.Values), epoch => Assert.InRange(epoch, 1, 3));
    }

    [Fact]
    public void What_the_ramp_set_to_zero_stays_and_the_rest_goes_on_learning()
    {
        var atSettling = new List<float[]>();
        var watcher = new Watcher(16, trainer => atSettling.AddRange(trainer.Model.Parameters.Select(parameter => parameter.Value.ToArray())));
        using var run = new SparseRunner(
            "neuroprune", new SparseTargets { Sparsity = 0.8, Heads = 5 }, observer: watcher, settings: ["rampShare=0.5"]);

        run.Trainer.Run();

        Assert.Equal(5, run.Model.Blocks.Sum(block => block.Attention.HeadCount));
        var tracked = TrackedWeights.Of(run.Model.Blocks, SparsityDenominator.Regularised).Parameters.ToHashSet();
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
