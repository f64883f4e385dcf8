using Sparsum.Core;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Training.Tests;

public class SharedTrainingTests
{
    [Theory]
    [InlineData(2, null, 0.1)]
    [InlineData(3, null, 0.1)]
    [InlineData(2, 3, 0.1)]
    [InlineData(4, null, 0)]
    public void Processes_train_what_one_does(int size, int? atOnce, double dropout)
    {
        var options = SmallRun.Options with { MicroBatchSize = atOnce };
        using var alone = new SmallRun(options, dropout: dropout);
        var expected = alone.Trainer.Run();

        var shared = ThreadGroup.Run(size, group =>
        {
            using var run = new SmallRun(options, dropout: dropout, group: group);
            return (Epochs: run.Trainer.Run(), State: run.State());
        });

        foreach (var (epochs, state) in shared)
        {
            Assert.Equal(expected.Select(epoch => epoch.Steps), epochs.Select(epoch => epoch.Steps));
            Assert.All(expected.Zip(epochs), pair => Assert.Equal(pair.First.MeanLoss, pair.Second.MeanLoss, 1e-5));
            Numbers.AssertClose(alone.State(), state, 1e-4, "weights and moments");
            Assert.Equal(shared[0].State, state);
        }
    }

    [Fact]
    public void A_share_drops_what_the_batch_drops()
    {
        // Other decisions would change the loss of the first step far beyond rounding.
        var first = new List<double>();
        using var alone = new SmallRun(SmallRun.Options with { MicroBatchSize = null }, dropout: 0.5);
        alone.Trainer.Run(new Losses(first));

        var shared = ThreadGroup.Run(3, group =>
        {
            var losses = new List<double>();
            using var run = new SmallRun(SmallRun.Options with { MicroBatchSize = null }, dropout: 0.5, group: group);
            run.Trainer.Run(new Losses(losses));
            return losses;
        });

        Assert.Equal(first[0], shared[0][0], 1e-6);
        Assert.Equal(first[^1], shared[0][^1], 1e-4);
    }

    [Fact]
    public void Two_runs_of_as_many_processes_have_the_same_bits()
    {
        float[] Train() => ThreadGroup.Run(3, group =>
        {
            using var run = new SmallRun(SmallRun.Options with { MicroBatchSize = null }, group: group);
            run.Trainer.Run();
            return run.State();
        })[2];

        Assert.Equal(Train(), Train());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_checkpoint_of_two_processes_goes_on_in_any_number(int size)
    {
        using var folder = new TemporaryFolder();
        string file = folder["state.safetensors"];
        var options = SmallRun.Options with { MicroBatchSize = null };
        using var whole = new SmallRun(options);
        whole.Trainer.Run();
        ThreadGroup.Run(2, group =>
        {
            using var run = new SmallRun(options with { CheckpointFile = file }, [new StopsAfter(5)], group: group);
            return Assert.Throws<InvalidOperationException>(() => run.Trainer.Run());
        });

        var resumed = ThreadGroup.Run(size, group =>
        {
            using var run = new SmallRun(options, group: group);
            run.Trainer.Restore(file);
            run.Trainer.Run();
            return run.State();
        });

        Numbers.AssertClose(whole.State(), resumed[^1], 1e-4, "weights and moments");
    }

    [Fact]
    public void All_stop_behind_the_step_in_which_one_is_asked_to()
    {
        int[] steps = ThreadGroup.Run(3, group =>
        {
            using var cancellation = new CancellationTokenSource();
            using var run = new SmallRun(SmallRun.Options, [new CancelsAt(3, group.Rank == 2 ? cancellation : null)], group: group);
            Assert.ThrowsAny<OperationCanceledException>(() => run.Trainer.Run(cancellationToken: cancellation.Token));
            return run.Trainer.Optimizer.StepCount;
        });

        Assert.Equal([3, 3, 3], steps);
    }

    [Fact]
    public void Processes_with_other_data_are_refused_by_all()
    {
        var error = Refused(group => new SmallRun(data: SmallRun.Data(batchSize: group.Rank == 1 ? 6 : 5), group: group));

        Assert.Equal("processes-differ", error.Code);
        Assert.Contains("process 1 of 2 has another data and options", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Processes_with_other_weights_are_refused_by_all()
    {
        var error = Refused(group =>
        {
            var run = new SmallRun(group: group);
            run.Model.Parameters.First().Value.Span[0] += group.Rank;
            return run;
        });

        Assert.Equal("processes-differ", error.Code);
        Assert.Contains("weights", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_come_apart_end_the_run_before_a_checkpoint()
    {
        using var folder = new TemporaryFolder();
        string file = folder["state.safetensors"];

        var error = Assert.Throws<RunFailedException>(() => ThreadGroup.Run(2, group =>
        {
            using var run = new SmallRun(SmallRun.Options with { CheckpointFile = file, CheckpointSteps = 2 }, [new Disturbs(group.Rank)], group: group);
            return run.Trainer.Run();
        }));

        Assert.Equal("processes-diverged", error.Code);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Parts_too_small_to_share_are_refused()
    {
        var error = Refused(group => new SmallRun(SmallRun.Options with { MicroBatchSize = 1 }, group: group));

        Assert.Equal(("not-shared", "micro-batch-size"), (error.Code, error.Option));
    }

    [Fact]
    public void A_loss_that_is_not_finite_on_one_process_ends_all()
    {
        var error = Assert.Throws<RunFailedException>(() => ThreadGroup.Run(2, group =>
        {
            using var run = new SmallRun(SmallRun.Options with { LearningRate = 1e38, MicroBatchSize = null, Optimizer = new() { MaxGradientNorm = null } }, group: group);
            return run.Trainer.Run();
        }));

        Assert.Contains(error.Code, (string[])["loss-not-finite", "gradient-not-finite"]);
    }

    private static InvalidInputException Refused(Func<ProcessGroup, SmallRun> create) => Assert.Throws<InvalidInputException>(() => ThreadGroup.Run(2, group =>
    {
        using var run = create(group);
        return run.Trainer.Run();
    }));

    private sealed class Losses(List<double> losses) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => losses.Add(value.Loss);
    }

    private sealed class StopsAfter(int step) : ITrainingHook
    {
        public void BeforeStep(Trainer trainer)
        {
            if (trainer.Optimizer.StepCount == step)
            {
                throw new InvalidOperationException("killed");
            }
        }
    }

    private sealed class CancelsAt(int step, CancellationTokenSource? cancellation) : ITrainingHook
    {
        public void BeforeStep(Trainer trainer)
        {
            if (trainer.Optimizer.StepCount == step - 1)
            {
                cancellation?.Cancel();
            }
        }
    }

    private sealed class Disturbs(int rank) : ITrainingHook
    {
        public void AfterStep(Trainer trainer, Sparsum.Training.Optimization.OptimizerStep step) => trainer.Model.Parameters.First().Value.Span[0] += rank;
    }
}
