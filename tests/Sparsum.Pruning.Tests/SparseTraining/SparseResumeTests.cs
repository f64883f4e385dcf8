using Sparsum.Core;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>Stopped and resumed against straight on, with heads and neurons removed on the way: 32 steps, settled after 22.</summary>
public class SparseResumeTests
{
    private static readonly SparseTargets Both = new() { Sparsity = 0.85, Heads = 3 };

    public static TheoryData<int, string[]> Runs => new()
    {
        { 1, [] },
        { 9, [] },
        { 17, [] },
        { 22, [] },
        { 27, [] },
        { 20, ["countRefreshSteps=3", "penaltyMode=proximal", "alpha=0.01", "beta=0.1"] },
        { 21, ["penaltyMode=proximal", "alpha=0.01", "beta=0.1"] },
        { 22, ["penaltyMode=clipAtZero", "alpha=0.01", "beta=0.1"] },
        { 10, ["countRefreshSteps=3", "penaltyMode=proximal", "alpha=0.01", "beta=0.1"] },
        { 11, ["countRefreshSteps=0", "targetMode=controller", "penaltyMode=clipAtZero"] },
        { 13, ["headRemoval=mask"] },
        { 5, ["targetMode=ramp"] },
        { 19, ["targetMode=ramp", "headCriterion=importance"] },
        { 19, ["headCriterion=both"] },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_resumed_run_ends_with_the_same_bits(int stop, string[] settings)
    {
        using var folder = new TemporaryFolder();
        using var straight = new SparseRunner("neuroprune", Both, settings: settings);
        straight.Trainer.Run();

        var stopper = new SparseRunner.Stopper(stop);
        using (var stopped = new SparseRunner("neuroprune", Both, observer: stopper, settings: settings))
        {
            Assert.Throws<OperationCanceledException>(() => { stopped.Trainer.Run(null, stopper.Source.Token); });
            stopped.Trainer.Save(folder["state"]);
        }

        using var resumed = new SparseRunner("neuroprune", Both, threads: 1, settings: settings);
        resumed.Trainer.Restore(folder["state"]);
        resumed.Trainer.Run();

        Assert.Equal(straight.State(), resumed.State());
        Assert.Equal(straight.Sparsifier.Finish(straight.Trainer), resumed.Sparsifier.Finish(resumed.Trainer));
        Assert.Equal(straight.State(), resumed.State());
        Assert.Equivalent(straight.Sparsifier.Heads, resumed.Sparsifier.Heads, strict: true);
        Assert.Equal(straight.Sparsifier.Strengths, resumed.Sparsifier.Strengths);
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("l1")]
    [InlineData("neuroprune")]
    public void The_number_of_threads_changes_nothing(string method)
    {
        string[] settings = method == "dense" ? [] : method == "l1" ? ["lambda=0.001"] : ["alpha=0.01", "beta=0.1", "theta=0.05"];
        using var one = new SparseRunner(method, threads: 1, settings: settings);
        using var two = new SparseRunner(method, threads: 2, settings: settings);
        one.Trainer.Run();
        two.Trainer.Run();

        Assert.Equal(one.State(), two.State());
    }

    [Fact]
    public void A_state_of_other_settings_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var run = new SparseRunner("neuroprune", settings: ["alpha=0.1"]);
        run.Trainer.Save(folder["state"]);
        using var otherSetting = new SparseRunner("neuroprune", settings: ["alpha=0.2"]);
        using var otherTarget = new SparseRunner("neuroprune", new SparseTargets { Heads = 5 }, settings: ["alpha=0.1"]);
        using var otherMethod = new SparseRunner("l1");

        foreach (var other in new[] { otherSetting, otherTarget, otherMethod })
        {
            Assert.Equal("other-run", Assert.Throws<InvalidInputException>(() => other.Trainer.Restore(folder["state"])).Code);
        }
    }
}
