using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>The room on disk that a run needs, known before it starts.</summary>
public sealed class FreeSpaceTests
{
    /// <summary>Hidden states of 60 sequences of 32 tokens; four of them are more than the output and two.</summary>
    private const long HiddenStates = 60L * 32 * 32 * sizeof(float);

    [Fact]
    public void Too_little_space_is_told()
    {
        var error = Assert.Throws<RunFailedException>(() => FreeSpace.Require("/out", needed: 100, available: 99));

        Assert.Equal("disk-full", error.Code);
        FreeSpace.Require("/out", needed: 100, available: 100);
        FreeSpace.Require("/out", needed: 100, available: null);
    }

    [Theory]
    [InlineData("besa", 0)]
    [InlineData("neuronal", 4, "neuronal.samples=20")]
    [InlineData("neuronal", 4, "neuronal.samples=20", "neuronal.hidden-states=bfloat16", "neuronal.dense-reference=global")]
    [InlineData("neuronal", 3, "neuronal.samples=20", "neuronal.step=row", "neuronal.perplexity=IDS", "neuronal.perplexity-windows=30")]
    public void An_allocation_keeps_half_of_what_it_says_until_it_writes_anew(string allocation, int candidates, params string[] settings)
    {
        using var model = Create();
        var options = Options(model, allocation, settings);
        (long states, long signals) = (0, 0);

        model.Prune(options, progress: report =>
        {
            if (report.Phase == PrunePhase.Allocate)
            {
                var files = new DirectoryInfo(Path.Combine(model.Work, "allocation")).GetFiles("*.bin")
                    .ToLookup(file => file.Name.Contains("signals", StringComparison.Ordinal));
                states = Math.Max(states, files[false].Sum(file => file.Length));
                signals = Math.Max(signals, files[true].Sum(file => file.Length));
            }
        });

        // Signals stay, but not all channels have them: only those that rows of other layers feed.
        long channels = candidates * 3L * ((6 * 32) + 48) * sizeof(float);
        Assert.Equal((2 * states) + channels, Estimate(model, options));
        Assert.InRange(signals, channels / 3, channels);
    }

    [Fact]
    public void Few_blocks_are_kept_fewer_times()
    {
        using var two = Create(blocks: 2);
        using var one = Create(blocks: 1);

        Assert.Equal(2 * HiddenStates, Estimate(two, Options(two, "besa")));
        Assert.Equal(0, Estimate(one, Options(one, "besa")));
    }

    [Fact]
    public void A_run_asks_for_the_larger_of_what_it_needs_before_and_behind_the_allocation()
    {
        using var model = Create();
        var (uniform, besa) = (Options(model, "uniform"), Options(model, "besa"));
        long pruning = Needed(model, uniform);

        Assert.InRange(pruning, 2 * HiddenStates, (4 * HiddenStates) - 1);
        Assert.Equal(4 * HiddenStates, Needed(model, besa));
        Assert.Equal(pruning, Needed(model, Options(model, "neuronal", "neuronal.samples=1")));
        Prune(model, besa, free: 4 * HiddenStates);
    }

    [Fact]
    public void What_an_interrupted_run_keeps_is_not_asked_for_again()
    {
        using var model = Create();
        var options = Options(model, "besa");
        long pruning = Needed(model, Options(model, "uniform"));

        Stop(PrunePhase.Allocate, block: 1);
        Assert.InRange(Saved(), 2 * HiddenStates, 3 * HiddenStates);
        Assert.Equal((4 * HiddenStates) - Saved(), Needed(model, options, ExistingOutput.Resume));

        Stop(PrunePhase.Prune, block: 0);
        Assert.InRange(Saved(), 1, HiddenStates / 2);
        Assert.Equal(pruning - Saved(), Needed(model, options, ExistingOutput.Resume));
        Prune(model, options, pruning - Saved(), ExistingOutput.Resume);

        long Saved() => new DirectoryInfo(model.Work).GetFiles("*", SearchOption.AllDirectories)
            .Where(file => file.DirectoryName != Path.Combine(model.Work, "output")).Sum(file => file.Length);

        void Stop(PrunePhase phase, int block) => Assert.Throws<InvalidTimeZoneException>(() => model.Prune(
            options,
            ExistingOutput.Resume,
            report => _ = report.Phase == phase && report.Block == block ? throw new InvalidTimeZoneException() : 0));
    }

    [Theory]
    [InlineData(StateJournal.None, long.MaxValue)]
    [InlineData(StateJournal.Auto, 800_000)]
    public void Without_states_on_disk_a_search_starts_its_step_again_and_ends_the_same(StateJournal journal, long free)
    {
        using var model = Create();
        var options = Options(model, "neuronal", "neuronal.samples=60");
        model.Prune(options, output: model.At("whole"));
        Assert.True(Estimate(model, options) > 800_000);
        RunPlan? planned = null;

        Assert.Throws<InvalidTimeZoneException>(() => Run(ExistingOutput.Refuse, report => _ =
            report.Block == 2 && report.Candidate?.Contains("row", StringComparison.Ordinal) == true ? throw new InvalidTimeZoneException() : 0));
        var kept = new DirectoryInfo(Path.Combine(model.Work, "allocation")).GetFiles().Select(file => file.Name).ToList();
        Run(ExistingOutput.Resume, _ => { });

        Assert.Equal(0, planned!.StateBytes);
        Assert.Contains("block.json", kept);
        Assert.DoesNotContain(kept, name => name.Contains("states", StringComparison.Ordinal) || name == "row.json");
        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));

        void Run(ExistingOutput existing, Action<PruneProgress> report)
        {
            using var backend = new CpuBackend(1);
            new BlockwisePruner(backend) { FreeBytes = _ => free, Journal = journal, Planned = plan => planned = plan }
                .Run(model.Input, model.Output, options, existing, new Reporter(report));
        }
    }

    private sealed class Reporter(Action<PruneProgress> report) : IProgress<PruneProgress>
    {
        public void Report(PruneProgress value) => report(value);
    }

    private static TestModel Create(int blocks = 3) => new(new() { Blocks = blocks }, samples: 60, tokens: 32);

    private static PruneOptions Options(TestModel model, string allocation, params string[] settings)
    {
        string[] few = allocation == "neuronal" ? ["neuronal.block-lambdas=0.1,0.2", "neuronal.row-lambdas=0,0.1"] : [];
        return (model.Options with { Allocation = Named.Allocation(allocation) })
            .Set(few.Concat(settings).Select(text => text.Replace("IDS", model.Ids, StringComparison.Ordinal)));
    }

    private static long Estimate(TestModel model, PruneOptions options)
    {
        using var pretrained = PretrainedModel.Open(model.Input);
        var data = CalibrationLoader.Load(options.Calibration!, pretrained).Shape;
        return RunPlan.For(pretrained, options.Allocation, PruneTask.Of(options), data).StateBytes;
    }

    /// <summary>What a run asks for when nothing is free.</summary>
    private static long Needed(TestModel model, PruneOptions options, ExistingOutput existing = ExistingOutput.Refuse)
    {
        var error = Assert.Throws<RunFailedException>(() => Prune(model, options, free: 0, existing));
        Assert.Equal(("disk-full", "0 bytes free"), (error.Code, error.Found));
        return long.Parse(error.Expected!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Prune(TestModel model, PruneOptions options, long free, ExistingOutput existing = ExistingOutput.Refuse)
    {
        using var backend = new CpuBackend(1);
        new BlockwisePruner(backend) { FreeBytes = _ => free, Journal = StateJournal.Block }.Run(model.Input, model.Output, options, existing);
    }
}
