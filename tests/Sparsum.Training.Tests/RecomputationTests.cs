using Sparsum.Core;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Training.Tests;

/// <summary>Training that keeps the inputs of blocks alone and computes blocks again.</summary>
public sealed class RecomputationTests
{
    [Theory]
    [InlineData("bert")]
    [InlineData("llama")]
    [InlineData("t5")]
    [InlineData("mixtral")]
    public void Gradients_are_the_same_to_the_bit_and_less_memory_waits(string family)
    {
        var plain = SmallStep.Run(family);
        var again = SmallStep.Run(family, recomputes: true);

        Assert.Equal(plain.Loss, again.Loss);
        Assert.Equal(plain.Gradients, again.Gradients);
        Assert.Contains(plain.Gradients, gradient => gradient != 0);
        Assert.InRange(again.WaitingBytes, 1, 0.4 * plain.WaitingBytes);
    }

    [Fact]
    public void With_rounding_less_waits_than_with_either()
    {
        long rounded = SmallStep.Run("bert", rounds: true).WaitingBytes;
        long again = SmallStep.Run("bert", recomputes: true).WaitingBytes;
        Assert.InRange(SmallStep.Run("bert", rounds: true, recomputes: true).WaitingBytes, 1, 0.9 * Math.Min(rounded, again));
    }

    /// <summary>With dropout, in shares of batches, over two epochs.</summary>
    [Fact]
    public void A_run_ends_with_the_same_weights_and_moments()
    {
        using var plain = new SmallRun();
        using var again = new SmallRun(SmallRun.Options with { Recomputes = true });
        plain.Trainer.Run();
        again.Trainer.Run();
        Assert.Equal(plain.State(), again.State());
    }

    [Fact]
    public void A_run_may_go_on_with_it_but_not_where_values_are_rounded_too()
    {
        using var folder = new TemporaryFolder();
        using var whole = new SmallRun();
        whole.Trainer.Run();
        var options = SmallRun.Options with { CheckpointFile = folder["begun"], CheckpointSteps = 3 };
        using var spoiled = new SmallRun(options, [new Recorder { SpoilAfterStep = 5 }]);
        Assert.Throws<RunFailedException>(() => spoiled.Trainer.Run());
        using var again = new SmallRun(SmallRun.Options with { Recomputes = true });
        again.Trainer.Restore(folder["begun"]);
        again.Trainer.Run();
        Assert.Equal(whole.State(), again.State());

        using var rounded = new SmallRun(SmallRun.Options with { RoundsActivations = true });
        using var both = new SmallRun(SmallRun.Options with { RoundsActivations = true, Recomputes = true });
        rounded.Trainer.Save(folder["rounded"]);
        Assert.Equal("other-run", Assert.Throws<InvalidInputException>(() => both.Trainer.Restore(folder["rounded"])).Code);
    }
}
