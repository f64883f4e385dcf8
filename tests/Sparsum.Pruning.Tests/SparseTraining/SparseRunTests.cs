using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Methods;
using Sparsum.Pruning.SparseTraining.Steps;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Training;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

public class SparseRunTests
{
    [Fact]
    public void Redundant_heads_go_after_every_epoch_the_last_included()
    {
        using var run = new SparseRunner("neuroprune", options: SparseRunner.Options with { Epochs = 1 }, settings: ["theta=10"]);
        run.Trainer.Run();

        Assert.All(run.Model.Blocks, block => Assert.Equal([3], block.Attention.KeptHeads));
        Assert.All(run.Sparsifier.Heads, module => Assert.Equal([1, 1, 1], module.Record.RemovedAtEpoch.Values));
    }

    [Fact]
    public void A_negative_theta_keeps_all_heads()
    {
        using var run = new SparseRunner("neuroprune", settings: ["theta=-1", "alpha=1"]);
        run.Trainer.Run();

        Assert.All(run.Model.Blocks, block => Assert.Equal(4, block.Attention.HeadCount));
    }

    [Fact]
    public void Without_target_near_zero_weights_become_zero_in_the_end_and_no_sooner()
    {
        using var run = new SparseRunner("neuroprune", settings: ["alpha=1", "beta=1", "theta=-1", "epsilon=0.002"]);
        run.Trainer.Run();
        var tracked = PrunableWeights.Of(run.Model.Blocks, SparsityScope.Regularised);
        long near = tracked.Measure(0.002).NearZero;
        Assert.InRange(near, tracked.Dense / 10, tracked.Dense);
        Assert.True(tracked.Measure(float.Epsilon).NearZero < near / 10);

        var result = run.Sparsifier.Finish(run.Trainer);

        Assert.Equal(near, result.BeforeFinish.NearZero);
        Assert.Equal(near, tracked.Measure(float.Epsilon).NearZero);
        Assert.InRange(result.Threshold, 0.001, 0.002);
    }

    [Fact]
    public void Stronger_penalties_leave_more_near_zero()
    {
        double[] shares = [.. new[] { "0", "0.0001", "0.1" }.Select(strength =>
        {
            using var run = new SparseRunner("l1", settings: [$"lambda={strength}", "epsilon=0.001"]);
            run.Trainer.Run();
            return run.Sparsifier.Finish(run.Trainer).BeforeFinish.Sparsity;
        })];

        Assert.Equal(shares.Order(), shares);
        Assert.True(shares[2] > 3 * shares[0]);
    }

    [Fact]
    public void Locked_zeros_stay_and_plain_training_never_writes_one()
    {
        using var free = new SparseRunner("dense");
        using var locked = new SparseRunner("dense", settings: ["lockZeros=true"]);
        foreach (var run in new[] { free, locked })
        {
            foreach (var parameter in PrunableWeights.Of(run.Model.Blocks, SparsityScope.Regularised).Parameters)
            {
                for (int i = 0; i < parameter.Value.Length; i += 3)
                {
                    parameter.Value.Span[i] = 0;
                }
            }

            run.Trainer.Run();
            run.Sparsifier.Finish(run.Trainer);
        }

        var kept = PrunableWeights.Of(locked.Model.Blocks, SparsityScope.Regularised);
        Assert.All(kept.Parameters, parameter => Assert.Equal((parameter.Value.Length + 2) / 3, parameter.Value.ToArray().LongCount(weight => weight == 0)));
        Assert.True(PrunableWeights.Of(free.Model.Blocks, SparsityScope.Regularised).Measure(float.Epsilon).NearZero < 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dropping_dead_neurons_keeps_the_function(bool isOpt)
    {
        using var run = new SparseRunner("neuroprune", isOpt: isOpt);
        foreach (var layer in run.Model.Blocks.Select(block => block.FeedForwards[0]))
        {
            foreach (ref float bias in layer.Up.Bias!.Value.Span)
            {
                bias = 0.7f;
            }

            layer.Up.Weight.Value.Row(3).Clear();
            layer.Up.Weight.Value.Row(20).Clear();
            for (int r = 0; r < layer.Down.OutputSize; r++)
            {
                layer.Down.Weight.Value.Row(r)[7] = 0;
            }
        }

        float[] before = Forward(run.Model);
        long nonZeros = NonZeros(run.Model);
        Assert.False(NeuronDropping.Run(run.Model.Blocks, run.Trainer.Optimizer, 15));
        Assert.True(NeuronDropping.Run(run.Model.Blocks, run.Trainer.Optimizer, 96));

        Assert.All(run.Model.Blocks, block => Assert.Equal(21, block.FeedForwards[0].NeuronCount));
        Assert.Equal(nonZeros - 96, NonZeros(run.Model));
        Numbers.AssertClose(before, Forward(run.Model), 1e-5);

        // Again, now that the numbers of places and neurons differ.
        run.Model.Blocks[0].FeedForwards[0].Up.Weight.Value.Row(4).Clear();
        before = Forward(run.Model);
        Assert.True(NeuronDropping.Run(run.Model.Blocks, run.Trainer.Optimizer, long.MaxValue));
        Assert.DoesNotContain(5, run.Model.Blocks[0].FeedForwards[0].KeptNeurons);
        Numbers.AssertClose(before, Forward(run.Model), 1e-5);
    }

    [Fact]
    public void Heads_that_no_theta_can_spare_go_by_the_closest_pair()
    {
        // A ring of four: neighbours differ by 1, opposites by 2, so that no head dominates another (example E7 of Algorithm 3).
        using var run = new SparseRunner("neuroprune");
        var attention = run.Model.Blocks[0].Attention;
        float[][] ring = [[0, 1], [1, 0], [2, 1], [1, 2]];
        foreach (var linear in new[] { attention.Query, attention.Key, attention.Value })
        {
            for (int row = 0; row < 16; row++)
            {
                linear.Weight.Value.Row(row).Clear();
                ring[row / 4].CopyTo(linear.Weight.Value.Row(row));
            }
        }

        for (int r = 0; r < 16; r++)
        {
            attention.Output.Weight.Value.Row(r)[0] = 9;
        }

        foreach (ref float weight in run.Model.Blocks[1].Attention.Query.Weight.Value.Span)
        {
            weight *= 1000;
        }

        var schedule = HeadSchedule.Create(run.Model, new HeadEliminationOptions(), new SparseTargets { Heads = 7 });
        Assert.False(schedule.Approach(run.Trainer.Optimizer, 1, 0.99));
        Assert.True(schedule.Approach(run.Trainer.Optimizer, 1, 1));

        // Of the first closest pair, 0 and 1, head 0 has the larger output columns.
        Assert.Equal(7, schedule.Kept);
        Assert.Equal([0, 2, 3], attention.KeptHeads);
        Assert.Equal([KeyValuePair.Create(1, 0)], schedule.History[0].Record.MergedInto);
        Assert.Equal(4, run.Model.Blocks[1].Attention.HeadCount);
    }

    [Fact]
    public void What_is_out_of_reach_or_out_of_proportion_is_said_before_the_run()
    {
        using var far = new SparseRunner("l1", new SparseTargets { Sparsity = 0.9 }, SparseRunner.Options with { LearningRate = 1e-6 });
        Assert.Contains("Penalties alone cannot", Assert.Single(far.Sparsifier.Warnings(far.Trainer)), StringComparison.Ordinal);
        using var idle = new SparseRunner("l1");
        Assert.Contains("lambda is 0", Assert.Single(idle.Sparsifier.Warnings(idle.Trainer)), StringComparison.Ordinal);
        using var near = new SparseRunner("neuroprune", settings: ["alpha=0.1", "theta=0.15"]);
        Assert.Contains("6 of 8 heads", Assert.Single(near.Sparsifier.Warnings(near.Trainer)), StringComparison.Ordinal);
        using var dense = new SparseRunner("dense");
        Assert.Empty(dense.Sparsifier.Warnings(dense.Trainer));
    }

    [Theory]
    [InlineData("neuroprune", "alpha=-1", "neuroprune.alpha=-1")]
    [InlineData("neuroprune", "theta=NaN", "neuroprune.theta=NaN")]
    [InlineData("neuroprune-ramp", "countRefreshSteps=-1", "neuroprune-ramp.count-refresh-steps=-1")]
    [InlineData("l1", "rampShare=2", "l1.ramp-share=2")]
    [InlineData("magnitude", "epsilon=0", "magnitude.epsilon=0")]
    public void Settings_that_mean_nothing_are_refused(string method, string setting, string found)
    {
        var error = Assert.Throws<InvalidInputException>(() => SparseRunner.Method(method, [setting]));

        Assert.Equal("invalid-setting", error.Code);
        Assert.Equal(found, error.Found);
    }

    [Fact]
    public void A_method_tells_all_its_settings()
    {
        var settings = SparseRunner.Method("neuroprune", ["alpha=0.5", "headCriterion=both"]).Settings;

        Assert.Equal("0.5", settings["alpha"]);
        Assert.Equal("auto", settings["beta"]);
        Assert.Equal("both", settings["head-criterion"]);
        Assert.Equal("steered", settings["target-mode"]);
        Assert.Equal(
            typeof(NeuroPruneOptions).GetProperties().Where(property => property.GetCustomAttributes(typeof(DescriptionAttribute), false).Length > 0)
                .Select(property => SettingText.NameOf(property.Name)).Order(StringComparer.Ordinal),
            settings.Keys);
        Assert.Equal("neuroprune-ramp", SparseRunner.Method("neuroprune-ramp", []).Name);
    }

    [Theory]
    [InlineData("sst2", 1)]
    [InlineData("rte", 5)]
    [InlineData("my-task", null)]
    public void The_published_profile_is_the_default(string task, int? epochs)
    {
        var method = new NeuroPruneMethod();
        using var run = new SparseRunner("neuroprune");

        Assert.Equal(epochs, method.RecipeFor(task)?.Epochs);
        Assert.Equal((0.01, 0.01, 0.15), (run.Sparsifier.Strengths["alpha"], run.Sparsifier.Strengths["beta"], run.Sparsifier.Strengths["theta"]));
    }

    [Fact]
    public void A_method_from_elsewhere_needs_no_more_than_an_end()
    {
        using var backend = new ReferenceBackend();
        using var model = RandomInitialization.Create(SparseRunner.Bert, 5);
        ISparseMethod method = new NothingAtAll();

        var sparsifier = method.Create(new SparsifierContext { Backend = backend, Model = model });

        Assert.Empty(sparsifier.Heads);
        Assert.Empty(sparsifier.Strengths);
        Assert.Equal(1e-4, sparsifier.Epsilon);
        Assert.Null(method.RecipeFor("sst2"));
    }

    [Fact]
    public void Dense_sizes_of_bert_base()
    {
        using var model = ArchitectureRegistry.BuiltIn.Find("bert").Create(new BertConfig
        {
            VocabSize = 30522,
            HiddenSize = 768,
            IntermediateSize = 3072,
            NumHiddenLayers = 12,
            NumAttentionHeads = 12,
            Architectures = ["BertForSequenceClassification"],
        });

        Assert.Equal(77_856_768, PrunableWeights.Of(model.Blocks, SparsityScope.Regularised).Dense);
        Assert.Equal(84_934_656, PrunableWeights.Of(model.Blocks, SparsityScope.PlusOutput).Dense);
        Assert.Equal(85_017_600, PrunableWeights.Of(model.Blocks, SparsityScope.CofiPrunable).Dense);
        Assert.Equal(109_482_240 + 1538, PrunableWeights.Of(model.Blocks, SparsityScope.All, model.Parameters).Dense);
    }

    private sealed class NothingAtAll : ISparseMethod, ISparsifier
    {
        public string Name => "nothing";

        public IReadOnlyDictionary<string, string> Settings => SettingText.Empty;

        public ISparsifier Create(SparsifierContext context) => this;

        public SparsifierResult Finish(Trainer trainer, CancellationToken cancellationToken = default) => new(new PrunableSparsity(0, 0, 1), 0, 0, 0);
    }

    private static long NonZeros(TransformerModel model) =>
        PrunableWeights.Of(model.Blocks, SparsityScope.Regularised).Parameters.Sum(parameter => parameter.Value.ToArray().LongCount(weight => weight != 0));

    private static float[] Forward(TransformerModel model)
    {
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        var batch = new TokenBatch([2, 3, 4, 5, 6, 2, 9, 8, 7, 3], 2);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }
}
