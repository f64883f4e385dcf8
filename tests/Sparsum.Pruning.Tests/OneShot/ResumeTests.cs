using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.RandomModel;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class ResumeTests
{
    public static TheoryData<PrunePhase, int, bool> Interruptions
    {
        get
        {
            var data = new TheoryData<PrunePhase, int, bool>();
            foreach (int block in new[] { 0, 1, 2 })
            {
                foreach (var phase in new[] { PrunePhase.Load, PrunePhase.Observe, PrunePhase.Prune, PrunePhase.Write, PrunePhase.BlockDone })
                {
                    data.Add(phase, block, block == 1 || (block == 2 && phase == PrunePhase.BlockDone));
                }
            }

            data.Add(PrunePhase.Propagate, 0, false);
            data.Add(PrunePhase.Propagate, 1, true);
            data.Add(PrunePhase.Copy, -1, true);
            data.Add(PrunePhase.Embed, -1, false);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Interruptions))]
    public void An_interrupted_run_continues_to_the_same_bytes(PrunePhase phase, int block, bool isCrash)
    {
        using var model = new TestModel();
        model.Prune(output: model.At("whole"));

        Interrupt(model, phase, block, isCrash);
        Assert.False(Directory.Exists(model.Output));
        int finished = Math.Max(0, phase == PrunePhase.BlockDone ? block + 1 : block);
        Assert.Equal(finished > 0, Directory.Exists(model.Work));
        var result = model.Prune(existing: ExistingOutput.Resume);

        Assert.Equal(finished, result.ResumedBlocks);
        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
        Assert.False(Directory.Exists(model.Work));
    }

    [Fact]
    public void A_run_interrupted_again_and_again_continues_to_the_same_bytes()
    {
        using var model = new TestModel();
        model.Prune(output: model.At("whole"));

        Interrupt(model, PrunePhase.Observe, 1, isCrash: true);
        Interrupt(model, PrunePhase.Write, 2, isCrash: false, ExistingOutput.Resume);
        Interrupt(model, PrunePhase.Observe, 2, isCrash: true, ExistingOutput.Resume);
        model.Prune(existing: ExistingOutput.Resume);

        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
    }

    [Fact]
    public void Magnitude_resumes_without_hidden_states()
    {
        using var model = new TestModel();
        var options = model.Options with { Method = Named.Method("magnitude"), Calibration = null };
        model.Prune(options, output: model.At("whole"));

        Assert.ThrowsAny<Exception>(() => model.Prune(options, progress: CrashAt(PrunePhase.Write, 2)));
        var result = model.Prune(options, ExistingOutput.Resume);

        Assert.Equal(2, result.ResumedBlocks);
        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));
    }

    [Fact]
    public void Another_run_is_refused_and_each_difference_named()
    {
        using var model = new TestModel();
        Interrupt(model, PrunePhase.Observe, 1, isCrash: true);
        var options = model.Options with { Sparsity = 0.7, Granularity = Granularity.Layer };

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(options, ExistingOutput.Resume));

        Assert.Equal("resume-mismatch", error.Code);
        Assert.Contains("sparsity was 0.6, is 0.7", error.Message, StringComparison.Ordinal);
        Assert.Contains("granularity was row, is layer", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("method", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, model.Prune(existing: ExistingOutput.Resume).ResumedBlocks);
    }

    [Fact]
    public void Other_calibration_data_are_refused()
    {
        using var model = new TestModel();
        Interrupt(model, PrunePhase.Observe, 1, isCrash: true);
        new RandomLlama { Seed = 9 }.WriteIds(model.Ids, samples: 3, tokens: 10);

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(existing: ExistingOutput.Resume));

        Assert.Contains("calibration ids was", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_model_is_refused()
    {
        using var model = new TestModel();
        Interrupt(model, PrunePhase.Observe, 1, isCrash: true);
        new RandomLlama { Blocks = 3, KeyValueHeads = 2, ShardBytes = 20_000, Seed = 9 }.Write(model.Input);

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(existing: ExistingOutput.Resume));

        Assert.Contains("model was", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_says_so_and_is_not_repeated()
    {
        using var model = new TestModel();
        var first = model.Prune();
        var before = Folders.Hashes(model.Output);
        var phases = new List<PrunePhase>();

        var again = model.Prune(existing: ExistingOutput.Resume, progress: report => phases.Add(report.Phase));

        Assert.True(again.WasComplete);
        Assert.Empty(phases);
        Assert.Equal(first.Zeros, again.Zeros);
        Assert.Equal(first.Calibration, again.Calibration);
        Assert.Equal(before, Folders.Hashes(model.Output));
        var other = Assert.Throws<InvalidInputException>(() => model.Prune(model.Options with { Sparsity = 0.1 }, ExistingOutput.Resume));
        Assert.Equal("resume-mismatch", other.Code);
    }

    [Fact]
    public void Nothing_to_resume_is_a_fresh_start()
    {
        using var model = new TestModel();

        var result = model.Prune(existing: ExistingOutput.Resume);

        Assert.Equal(0, result.ResumedBlocks);
        Assert.False(result.WasComplete);
    }

    [Theory]
    [InlineData("\"layers\"", "\"other\"")]
    [InlineData("\"index\": 1", "\"indx\": 1")]
    [InlineData("\"columns\": 32", "\"columns\": 0")]
    [InlineData("\"rows\": 32", "\"rows\": null")]
    public void A_damaged_record_of_a_finished_run_is_refused(string from, string to)
    {
        using var model = new TestModel();
        model.Prune();
        string path = Path.Combine(model.Output, "pruning.json");
        string text = File.ReadAllText(path);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));

        Assert.Equal("damaged-result", Assert.Throws<InvalidInputException>(() => model.Prune(existing: ExistingOutput.Resume)).Code);
    }

    [Fact]
    public void Damaged_hidden_states_are_noticed()
    {
        using var model = new TestModel();
        Interrupt(model, PrunePhase.Observe, 1, isCrash: true);
        string states = Directory.EnumerateFiles(model.Work, "hidden-states.*").Single();
        byte[] bytes = File.ReadAllBytes(states);
        bytes[17] ^= 1;
        File.WriteAllBytes(states, bytes);

        Assert.Equal("damaged-journal", Assert.Throws<InvalidInputException>(() => model.Prune(existing: ExistingOutput.Resume)).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Damaged_weights_of_an_unfinished_run_are_noticed(int file)
    {
        using var model = new TestModel();
        Interrupt(model, PrunePhase.Observe, 2, isCrash: true);
        string weights = Directory.EnumerateFiles(model.Work, "*.safetensors*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ElementAt(file);
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(weights, bytes);

        Assert.Equal("damaged-journal", Assert.Throws<InvalidInputException>(() => model.Prune(existing: ExistingOutput.Resume)).Code);
    }

    [Fact]
    public void An_unfinished_run_is_not_overwritten_unasked()
    {
        using var model = new TestModel();
        Interrupt(model, PrunePhase.Observe, 1, isCrash: true);

        Assert.Equal("unfinished-run", Assert.Throws<InvalidInputException>(() => model.Prune()).Code);
        Assert.Equal(0, model.Prune(existing: ExistingOutput.Replace).ResumedBlocks);
        Assert.Equal(["ids.safetensors", "model", "out"], Folders.Names(model.Root));
    }

    [Fact]
    public void Two_runs_cannot_share_an_output()
    {
        using var model = new TestModel();
        string? code = null;

        model.Prune(progress: report =>
        {
            if (report is { Phase: PrunePhase.Write, Block: 0 })
            {
                code = Assert.Throws<InvalidInputException>(() => model.Prune()).Code;
            }
        });

        Assert.Equal("output-in-use", code);
    }

    private static void Interrupt(
        TestModel model, PrunePhase phase, int block, bool isCrash, ExistingOutput existing = ExistingOutput.Refuse)
    {
        if (isCrash)
        {
            Assert.Throws<InvalidTimeZoneException>(() => model.Prune(existing: existing, progress: CrashAt(phase, block)));
            return;
        }

        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => model.Prune(
            existing: existing,
            progress: report =>
            {
                if (report.Phase == phase && report.Block == block)
                {
                    cancellation.Cancel();
                }
            },
            cancellationToken: cancellation.Token));
    }

    // An exception that nothing in the product throws or catches stands for a crash.
    private static Action<PruneProgress> CrashAt(PrunePhase phase, int block) => report =>
    {
        if (report.Phase == phase && report.Block == block)
        {
            throw new InvalidTimeZoneException();
        }
    };
}
