using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Training.Tests.Checkpoints;

/// <summary>Stopped and resumed against straight on: 8 steps of 4 per epoch, the last of each epoch short, with dropout.</summary>
public class ResumeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_resumed_run_ends_with_the_bits_of_one_that_was_not_stopped(int stop)
    {
        using var folder = new TemporaryFolder();
        var options = SmallRun.Options with { CheckpointFile = folder["state.safetensors"], CheckpointSteps = 1 };
        using var straight = new SmallRun(SmallRun.Options, [new Recorder { RemovesParts = true }]);
        var expected = straight.Trainer.Run();
        var recorder = new Recorder { RemovesParts = true, StopAfterStep = stop };
        using (var stopped = new SmallRun(options, [recorder]))
        {
            Assert.Throws<OperationCanceledException>(() => { stopped.Trainer.Run(null, recorder.Stop.Token); });
        }

        using var resumed = new SmallRun(options, [new Recorder { RemovesParts = true }], threads: 1);
        resumed.Trainer.Restore(options.CheckpointFile);
        var actual = resumed.Trainer.Run();

        Assert.Equal(straight.State(), resumed.State());
        Assert.Equal(expected[^1], actual[^1]);
        Assert.Equal(8, resumed.Trainer.Optimizer.StepCount);
        resumed.Trainer.Save(folder["resumed"]);
        straight.Trainer.Save(folder["straight"]);
        Assert.Equal(File.ReadAllBytes(folder["straight"]), File.ReadAllBytes(folder["resumed"]));
    }

    [Fact]
    public void The_state_changes_from_step_to_step()
    {
        using var stoppedRun = new SmallRun(SmallRun.Options with { Epochs = 1 });
        using var run = new SmallRun();
        float[] before = run.State();
        run.Trainer.Run();
        stoppedRun.Trainer.Run();

        Assert.NotEqual(before, run.State());
        Assert.NotEqual(stoppedRun.State(), run.State());
    }

    [Fact]
    public void A_state_of_another_run_is_refused_and_changes_nothing()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        run.Trainer.Save(folder["state"]);
        using var otherRate = new SmallRun(SmallRun.Options with { LearningRate = 0.02 });
        using var otherData = new SmallRun(data: SmallRun.Data(batchSize: 6));
        using var otherOptimizer = new SmallRun(SmallRun.Options with { Optimizer = new OptimizerOptions { WeightDecay = 0.1 } });

        foreach (var other in new[] { otherRate, otherData, otherOptimizer })
        {
            float[] before = other.State();
            Assert.Equal("other-run", Assert.Throws<InvalidInputException>(() => other.Trainer.Restore(folder["state"])).Code);
            Assert.Equal(before, other.State());
        }
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        run.Trainer.Save(folder["state"]);
        byte[] bytes = File.ReadAllBytes(folder["state"]);
        File.WriteAllBytes(folder["short"], bytes[..^5]);
        Assert.ThrowsAny<CheckpointException>(() => run.Trainer.Restore(folder["short"]));
        Assert.ThrowsAny<CheckpointException>(() => run.Trainer.Restore(folder["absent"]));

        // The first number of the data is the step, which no longer agrees with the position.
        int data = 8 + (int)BitConverter.ToInt64(bytes);
        bytes[data] = 1;
        File.WriteAllBytes(folder["wrong"], bytes);
        Assert.Equal("bad-training-state", Assert.Throws<InvalidInputException>(() => run.Trainer.Restore(folder["wrong"])).Code);
        Assert.Equal(default, run.Trainer.Position);
    }

    [Fact]
    public void A_state_that_cannot_be_written_leaves_the_earlier_one()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        run.Trainer.Save(folder["state"]);
        byte[] before = File.ReadAllBytes(folder["state"]);
        run.Trainer.Run();
        Directory.CreateDirectory(SafetensorsWriter.PartialPath(folder["state"]));

        Assert.Throws<RunFailedException>(() => run.Trainer.Save(folder["state"]));
        Assert.Equal(before, File.ReadAllBytes(folder["state"]));
    }

    [Fact]
    public void A_finished_run_has_nothing_left_to_do()
    {
        using var folder = new TemporaryFolder();
        var options = SmallRun.Options with { CheckpointFile = folder["state"] };
        using var run = new SmallRun(options);
        run.Trainer.Run();
        using var again = new SmallRun(options);
        again.Trainer.Restore(folder["state"]);

        Assert.Empty(again.Trainer.Run());
        Assert.Equal(run.State(), again.State());
        Assert.Equal(new DataPosition(2, 0), again.Trainer.Position);
    }
}
