using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Encoders, and encoders with decoders, through the block-by-block procedure.</summary>
public sealed class EncoderRunTests
{
    private const string Sources =
        """
        "input_ids": [[5, 60, 7, 8, 9, 10, 11], [12, 13, 14, 0, 0, 0, 0], [15, 16, 17, 18, 19, 0, 0], [20, 0, 0, 0, 0, 0, 0], [24, 23, 22, 21, 20, 0, 0]],
        "attention_mask": [[1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0, 0]]
        """;

    private const string Targets =
        """
        "decoder_input_ids": [[9, 31, 32, 0], [9, 33, 34, 35], [9, 36, 0, 0], [9, 37, 38, 0], [9, 39, 0, 0]],
        "decoder_attention_mask": [[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 0, 0]]
        """;

    public static TheoryData<string> Kinds => ["bert_classifier", "bert_masked", "t5_gated", "t5_tied"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Statistics_are_those_of_each_sequence_alone(string kind)
    {
        using var folder = Create(kind);
        using var pretrained = PretrainedModel.Open(folder.Input);
        pretrained.LoadAll();
        var calibration = Load(folder, pretrained);
        var expected = NaiveRun.InputNorms(pretrained.Model, Samples(calibration));

        using var backend = new CpuBackend(2);
        using var runner = new BlockRunner(pretrained.Model, backend, calibration, null);
        using var states = runner.CreateStates();
        runner.Embed(states, default);
        foreach (var block in pretrained.Model.Blocks)
        {
            var observer = new InputObserver(backend);
            runner.Propagate(block, states, default, observer);
            foreach (var linear in block.Linears)
            {
                var norms = observer.StatisticsOf(linear, calibration.Samples).InputNorms;
                Assert.Equal(expected[linear.Name].Length, norms.Length);
                for (int c = 0; c < norms.Length; c++)
                {
                    Assert.Equal(expected[linear.Name][c], norms[c], 2e-5 * (1 + expected[linear.Name][c]));
                }
            }
        }
    }

    [Fact]
    public void Padded_rows_would_have_been_left_out()
    {
        using var folder = Create("bert_masked");
        using var pretrained = PretrainedModel.Open(folder.Input);
        pretrained.LoadAll();
        var calibration = Load(folder, pretrained);
        var alone = NaiveRun.InputNorms(pretrained.Model, Samples(calibration));
        var padded = NaiveRun.InputNormsOfPadded(pretrained.Model, TokenBatch.Pad(calibration.Sequences, 0));
        foreach (var linear in pretrained.Model.Blocks.SelectMany(block => block.Linears))
        {
            Assert.All(alone[linear.Name].Zip(padded[linear.Name]), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * (1 + pair.First)));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Masks_are_those_of_a_naive_run(string kind)
    {
        using var folder = Create(kind);
        CheckMasks(folder.Input, folder.Ids, folder.Output);
    }

    [SharedTheory("oracle/models")]
    [InlineData("bert_cls")]
    [InlineData("bert_mlm")]
    [InlineData("t5_v1_0")]
    [InlineData("t5_v1_1")]
    public void Masks_of_the_reference_models_are_those_of_a_naive_run(string name)
    {
        using var folder = new TemporaryFolder();
        string model = SharedFiles.Path("oracle", "models", name);
        CheckMasks(model, Path.Combine(model, "reference.safetensors"), folder["out"]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_number_of_threads_changes_no_byte(string kind)
    {
        using var folder = Create(kind);
        folder.Prune(output: folder.At("one"), threads: 1);
        folder.Prune(output: folder.At("three"), threads: 3);
        Assert.Equal(Folders.Hashes(folder.At("one")), Folders.Hashes(folder.At("three")));
    }

    [Theory]
    [InlineData("bert_classifier", 1)]
    [InlineData("t5_gated", 1)]
    [InlineData("t5_gated", 2)]
    [InlineData("t5_tied", 3)]
    public void An_interrupted_run_continues_to_the_same_bytes(string kind, int block)
    {
        using var folder = Create(kind);
        folder.Prune(output: folder.At("whole"));
        Assert.Throws<InvalidTimeZoneException>(() => folder.Prune(progress: report =>
        {
            if (report.Phase == PrunePhase.Observe && report.Block == block)
            {
                throw new InvalidTimeZoneException();
            }
        }));
        Assert.Equal(block, folder.Prune(existing: ExistingOutput.Resume).ResumedBlocks);
        Assert.Equal(Folders.Hashes(folder.At("whole")), Folders.Hashes(folder.Output));
    }

    [Fact]
    public void A_run_on_other_targets_is_another_run()
    {
        using var folder = Create("t5_gated");
        Assert.Throws<InvalidTimeZoneException>(() => folder.Prune(progress: report =>
        {
            if (report is { Phase: PrunePhase.Observe, Block: 2 })
            {
                throw new InvalidTimeZoneException();
            }
        }));
        File.WriteAllText(folder.Ids, File.ReadAllText(folder.Ids).Replace("39", "40", StringComparison.Ordinal));
        var error = Assert.ThrowsAny<Core.InvalidInputException>(() => folder.Prune(existing: ExistingOutput.Resume));
        Assert.Contains("calibration ids was", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_lengths_share_a_batch_and_every_sample_comes_once()
    {
        using var folder = Create("t5_gated");
        using var pretrained = PretrainedModel.Open(folder.Input);
        var calibration = Load(folder, pretrained);
        var batches = CalibrationBatches.Of(calibration).ToList();
        Assert.Equal([1, 1, 2, 1], batches.Select(batch => batch.Batch));
        Assert.Equal([7, 3, 10], batches.SkipLast(1).Select(batch => batch.InputIds.Length));
        Assert.Equal([3, 4, 4], batches.SkipLast(1).Select(batch => batch.Target!.InputIds.Length));
        Assert.Equal([15, 16, 17, 18, 19, 24, 23, 22, 21, 20], batches[2].InputIds);
        Assert.Equal([9, 36, 9, 39], batches[2].Target!.InputIds);
    }

    private static TestModel Create(string kind) => kind switch
    {
        "bert_classifier" => new(TinyConfigs.Bert, $$"""{ {{Sources}} }"""),
        "bert_masked" => new(TinyConfigs.Bert with { Architectures = ["BertForMaskedLM"] }, $$"""{ {{Sources}} }"""),
        "t5_tied" => new(TinyConfigs.T5 with { FeedForwardProj = "relu", NumDecoderLayers = 3 }, $$"""{ {{Sources}}, {{Targets}} }"""),
        _ => new(TinyConfigs.T5 with { TieWordEmbeddings = false }, $$"""{ {{Sources}}, {{Targets}} }"""),
    };

    private static CalibrationSet Load(TestModel folder, PretrainedModel pretrained) =>
        CalibrationLoader.Load(new CalibrationOptions { File = folder.Ids }, pretrained);

    private static List<TokenBatch> Samples(CalibrationSet calibration) =>
    [
        .. Enumerable.Range(0, calibration.Samples).Select(i => new TokenBatch(calibration.Sequences[i], 1)
        {
            Target = calibration.Targets is { } targets ? new TokenBatch(targets[i], 1) : null,
        }),
    ];

    /// <summary>Prunes, then goes through the blocks naively: those before pruned as the run pruned them, the others dense.</summary>
    private static void CheckMasks(string input, string ids, string output)
    {
        const double Ratio = 0.5;
        var options = new CalibrationOptions { File = ids };
        using (var backend = new CpuBackend(2))
        {
            var result = new BlockwisePruner(backend).Run(input, output, new PruneOptions { Method = Named.Method("wanda"), Sparsity = Ratio, Calibration = options });
            Assert.Equal(Ratio, result.Sparsity, 1e-9);
        }

        using var model = PretrainedModel.Open(input);
        using var pruned = PretrainedModel.Open(output);
        model.LoadAll();
        pruned.LoadAll();
        Assert.Empty(pruned.UnusedTensors);
        var samples = Samples(CalibrationLoader.Load(options, model));
        foreach (var (block, prunedBlock) in model.Model.Blocks.Zip(pruned.Model.Blocks))
        {
            var norms = NaiveRun.InputNorms(model.Model, samples);
            foreach (var (linear, prunedLinear) in block.Linears.Zip(prunedBlock.Linears))
            {
                for (int row = 0; row < linear.OutputSize; row++)
                {
                    bool[] mask = NaiveRun.WandaMask(linear.Weight.Value.Row(row), norms[linear.Name], Ratio);
                    float[] expected = [.. linear.Weight.Value.Row(row).ToArray().Select((weight, c) => mask[c] ? 0 : weight)];
                    Assert.Equal(expected, prunedLinear.Weight.Value.Row(row).ToArray());
                }

                linear.Weight.Set(prunedLinear.Weight.Value.Clone());
            }
        }

        // What is not pruned is as it was.
        var inBlocks = model.Model.Blocks.SelectMany(block => block.Linears).Select(linear => linear.Weight.Name).ToHashSet();
        foreach (var (before, after) in model.Model.Parameters.Zip(pruned.Model.Parameters).Where(pair => !inBlocks.Contains(pair.First.Name)))
        {
            Assert.Equal(before.Value.ToArray(), after.Value.ToArray());
        }
    }
}
