using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Training.Tests;

public class TrainerTests
{
    [Fact]
    public void Labels_of_a_regression_are_not_smoothed()
    {
        using var model = RandomInitialization.Create(
            new BertConfig
            {
                VocabSize = 31,
                HiddenSize = 16,
                IntermediateSize = 24,
                NumHiddenLayers = 1,
                NumAttentionHeads = 4,
                Architectures = ["BertForSequenceClassification"],
                NumLabels = 1,
                ProblemType = "regression",
            },
            1);

        var error = Assert.Throws<InvalidInputException>(() => new TrainingObjective(model, 0.1));

        Assert.Equal(("unused-option", "label-smoothing"), (error.Code, error.Option));
        _ = new TrainingObjective(model);
    }

    [Fact]
    public void Training_learns_the_task()
    {
        using var run = new SmallRun(SmallRun.Options with { Epochs = 15 }, dropout: 0);

        var epochs = run.Trainer.Run();

        Assert.InRange(epochs[0].MeanLoss, 0.5, 1.5);
        Assert.True(epochs[^1].MeanLoss < 0.1, $"loss {epochs[^1].MeanLoss}");
    }

    [Fact]
    public void Hooks_are_called_in_order()
    {
        var recorder = new Recorder();
        using var run = new SmallRun(SmallRun.Options with { MicroBatchSize = null }, [recorder], SmallRun.Data(batchSize: 9));

        run.Trainer.Run();

        Assert.Equal(
            ["start", "backward", "step 1", "backward", "step 2", "epoch 0", "backward", "step 3", "backward", "step 4", "epoch 1"],
            recorder.Calls);
    }

    [Fact]
    public void Accumulated_parts_step_like_the_whole_batch()
    {
        using var whole = new SmallRun(SmallRun.Options with { MicroBatchSize = null, Epochs = 1 }, dropout: 0);
        using var parts = new SmallRun(SmallRun.Options with { MicroBatchSize = 2, Epochs = 1 }, dropout: 0);

        var expected = whole.Trainer.Run();
        var actual = parts.Trainer.Run();

        Assert.Equal(expected[0].MeanLoss, actual[0].MeanLoss, 1e-5);
        foreach (var (state, other) in whole.Trainer.Optimizer.Parameters.Zip(parts.Trainer.Optimizer.Parameters))
        {
            Numbers.AssertClose(state.FirstMoment.Span, other.FirstMoment.Span, 1e-5, state.Parameter.Name);
        }
    }

    [Fact]
    public void Runs_have_the_same_bits_for_any_number_of_threads()
    {
        using var one = new SmallRun(threads: 1);
        using var five = new SmallRun(threads: 5);
        one.Trainer.Run();
        five.Trainer.Run();

        Assert.Equal(one.State(), five.State());
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint()
    {
        using var folder = new TemporaryFolder();
        var options = SmallRun.Options with { CheckpointFile = folder["state"], CheckpointSteps = 3 };
        using var run = new SmallRun(options, [new Recorder { SpoilAfterStep = 5 }]);

        var error = Assert.Throws<RunFailedException>(() => run.Trainer.Run());

        Assert.Equal("loss-not-finite", error.Code);
        Assert.Contains("step 5", error.Message, StringComparison.Ordinal);
        using var last = new SmallRun(options);
        last.Trainer.Restore(folder["state"]);
        Assert.Equal(new DataPosition(1, 0), last.Trainer.Position);
        Assert.All(last.State(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        using var run = new SmallRun();
        float[] before = run.State();
        run.Model.Blocks[1].Attention.Query.Weight.Gradient!.Span[3] = float.PositiveInfinity;

        var error = Assert.Throws<RunFailedException>(() => run.Trainer.Optimizer.Step(0.1));

        Assert.Equal("gradient-not-finite", error.Code);
        Assert.Equal(0, run.Trainer.Optimizer.StepCount);
        Assert.Equal(before, run.State());
    }

    [Fact]
    public void Every_parameter_that_is_left_still_learns_after_heads_are_removed()
    {
        using var run = new SmallRun(SmallRun.Options with { Epochs = 1 }, [new Recorder { RemovesParts = true }], dropout: 0);
        run.Trainer.Run();
        using var whole = new SmallRun(SmallRun.Options with { Epochs = 1 }, dropout: 0);
        whole.Trainer.Run();

        var query = run.Model.Blocks[0].Attention.Query.Weight;
        var cut = run.Trainer.Optimizer.StateOf(query);
        var uncut = whole.Trainer.Optimizer.StateOf(whole.Model.Blocks[0].Attention.Query.Weight);
        Assert.Equal([12, 16], cut.SecondMoment.Shape.ToArray());
        Assert.Equal([.. uncut.SecondMoment.Rows(0, 4).ToArray(), .. uncut.SecondMoment.Rows(8, 8).ToArray()], cut.SecondMoment.ToArray());
    }

    [Theory]
    [InlineData(2.0)]
    [InlineData(0.5)]
    [InlineData(-1.0)]
    [InlineData(null)]
    public void Labels_that_the_model_cannot_give_are_refused(double? label)
    {
        var data = new TrainingData([new TrainingExample([1]) { Label = 1 }, new TrainingExample([1]) { Label = label }], new DataOptions());

        var error = Assert.Throws<InvalidInputException>(() => new SmallRun(data: data));

        Assert.Equal("bad-label", error.Code);
        Assert.Contains("Example 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 1)]
    [InlineData(6, 1)]
    public void Maximum_steps_end_the_run_and_its_schedule_within_an_epoch(int steps, int finishedEpochs)
    {
        using var run = new SmallRun(SmallRun.Options with { MaximumSteps = steps, WarmupSteps = 0 });

        var epochs = run.Trainer.Run();

        Assert.Equal(finishedEpochs, epochs.Count);
        Assert.Equal(steps, run.Trainer.Optimizer.StepCount);
        Assert.Equal(steps, run.Trainer.Schedule.TotalSteps);
        Assert.Equal(0, run.Trainer.Schedule.RateAt(steps));
        Assert.Equal(new DataPosition(steps / 4, steps % 4), run.Trainer.Position);
    }
}
