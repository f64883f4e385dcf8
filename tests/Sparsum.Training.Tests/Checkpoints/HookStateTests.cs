using Sparsum.Core;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Training.Tests.Checkpoints;

public class HookStateTests
{
    [Fact]
    public void What_hooks_keep_comes_back_bit_for_bit_to_the_hook_it_is_of()
    {
        using var folder = new TemporaryFolder();
        var first = new Keeper { Lists = new() { ["a"] = [1.0 / 3, double.NaN, -0.0], ["empty"] = [] } };
        var second = new Keeper { Lists = new() { ["a"] = [double.MaxValue] } };
        using (var run = new SmallRun(hooks: [first, new Recorder(), second]))
        {
            run.Trainer.Save(folder["state"]);
        }

        var (firstAgain, secondAgain) = (new Keeper(), new Keeper());
        using var resumed = new SmallRun(hooks: [firstAgain, new Recorder(), secondAgain]);
        resumed.Trainer.Restore(folder["state"]);

        Assert.Equal(["a"], firstAgain.Lists.Keys);
        Assert.Equal(first.Lists["a"].Select(BitConverter.DoubleToInt64Bits), firstAgain.Lists["a"].Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(second.Lists, secondAgain.Lists);
    }

    [Fact]
    public void A_state_of_a_hook_with_other_options_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun(hooks: [new Keeper { Fingerprint = "strength 1" }]);
        run.Trainer.Save(folder["state"]);
        using var other = new SmallRun(hooks: [new Keeper { Fingerprint = "strength 2" }]);

        Assert.Equal("other-run", Assert.Throws<InvalidInputException>(() => other.Trainer.Restore(folder["state"])).Code);
    }

    private sealed class Keeper : ITrainingHook
    {
        public string Fingerprint { get; init; } = "";

        public Dictionary<string, double[]> Lists { get; init; } = [];

        public IReadOnlyDictionary<string, double[]> SaveState() => Lists;

        public void RestoreState(IReadOnlyDictionary<string, double[]> state)
        {
            foreach (var (name, values) in state)
            {
                Lists[name] = values;
            }
        }
    }
}
