using Sparsum.Core;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Training.Tests;

/// <summary>Training with what only gradients need in bfloat16.</summary>
public sealed class RoundedActivationTests
{
    public static TheoryData<string> Families => ["bert", "llama", "t5"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Losses_stay_gradients_hardly_move_and_memory_is_halved(string family)
    {
        var exact = SmallStep.Run(family);
        var rounded = SmallStep.Run(family, rounds: true);

        Assert.Equal(exact.Loss, rounded.Loss);
        double error = Distance(exact.Gradients, rounded.Gradients);
        Assert.InRange(error, 1e-6, 0.01);
        Assert.InRange(rounded.WaitingBytes, 1, 0.6 * exact.WaitingBytes);
    }

    [Fact]
    public void The_bits_are_those_of_any_number_of_threads() =>
        Assert.Equal(SmallStep.Run("llama", rounds: true, threads: 1).Gradients, SmallStep.Run("llama", rounds: true, threads: 3).Gradients);

    [Fact]
    public void A_checkpoint_of_the_other_kind_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        run.Trainer.Save(folder["state"]);
        using var other = new SmallRun(SmallRun.Options with { RoundsActivations = true });

        Assert.Equal("other-run", Assert.Throws<InvalidInputException>(() => other.Trainer.Restore(folder["state"])).Code);
    }

    private static double Distance(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (a, b) => Math.Pow((double)a - b, 2)).Sum() / expected.Sum(value => (double)value * value));
}
