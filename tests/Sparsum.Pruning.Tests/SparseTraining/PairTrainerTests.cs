using Sparsum.Core;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Pruning.Compaction;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers.Training;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>Models of two stacks through the library's door: made from nothing, trained sparse, compacted.</summary>
public sealed class PairTrainerTests : IDisposable
{
    private static readonly string[] Words = ["red", "blue", "green", "cat", "dog", "sun"];
    private readonly TemporaryFolder folder = new();
    private readonly CpuBackend backend = new(2);

    public PairTrainerTests()
    {
        var texts = Enumerable.Range(0, 90).Select(i => string.Join(' ', Enumerable.Range(0, 4 + (i % 2)).Select(word => Words[((i * 5) + (word * i)) % 6]))).ToList();
        Directory.CreateDirectory(folder["data"]);
        Write("train", texts.Take(80));
        Write("val", texts.Skip(80));
        foreach (string family in new[] { "t5", "marian", "bart" })
        {
            folder.Write($"{family}.json", Config(family));
            FreshModel.Create(
                folder[$"{family}.json"], texts, new FreshModelOptions { Trainer = BytePairTrainer.ForTwoStacks, VocabularySize = 400, Seed = 5 }, folder[family]);
        }
    }

    public void Dispose()
    {
        backend.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("t5", "neuroprune")]
    [InlineData("marian", "neuroprune")]
    [InlineData("bart", "neuroprune")]
    [InlineData("t5", "magnitude")]
    [InlineData("bart", "l1")]
    public void A_target_is_met_and_what_comes_out_is_compacted_to_the_same_logits(string family, string method)
    {
        int? heads = method == "neuroprune" ? 9 : null;
        var options = Options(method) with { Targets = new SparseTargets { Sparsity = 0.6, Heads = heads } };

        var result = new SparseTrainer(backend).Run(folder[family], Task(), options, folder["out"])!;

        Assert.Equal(0.6, result.Sparsity.Sparsity, 2e-3);
        Assert.Equal(heads ?? 12, result.Sparsity.HeadsKept.Sum());

        // An encoder block has one attention, a decoder block two.
        Assert.Equal(3, result.Sparsity.HeadsKept.Count);
        Compactor.Run(folder["out"], folder["small"], new CompactionOptions { Format = CompactionFormat.Shrunk });
        Numbers.AssertClose(Logits(folder["out"]), Logits(folder["small"]), 2e-5);
        using var small = PretrainedModel.Open(folder["small"]);
        Assert.Equal(heads ?? 12, small.Model.Blocks.SelectMany(block => block.Attentions).Sum(attention => attention.HeadCount));
    }

    [Theory]
    [InlineData("t5", "dsp")]
    [InlineData("marian", "voita")]
    [InlineData("bart", "michel")]
    public void Gates_and_importance_choose_among_the_heads_of_both_stacks(string family, string method)
    {
        var options = Options(method) with { Targets = new SparseTargets { Heads = 8 } };

        var result = new SparseTrainer(backend).Run(folder[family], Task(), options, folder["out"])!;

        Assert.Equal(8, result.Sparsity.HeadsKept.Sum());
        using var pretrained = PretrainedModel.Open(folder["out"]);
        pretrained.LoadAll();
        Assert.All(Logits(folder["out"]), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void Redundant_heads_go_from_every_kind_of_attention_without_a_target()
    {
        var options = Options("neuroprune", "Theta=10", "Alpha=0.001", "Beta=0.001") with { Epochs = 1 };

        var result = new SparseTrainer(backend).Run(folder["t5"], Task(), options, folder["out"])!;

        Assert.Equal(
            [("encoder", "self"), ("decoder", "self"), ("decoder", "cross")],
            result.Sparsity.Heads.Where(module => module.Record.RemovedHeads.Count > 0).Select(module => (module.Record.Stack, module.Record.Kind)));
    }

    [Fact]
    public void A_cancelled_run_goes_on_and_gives_the_same_bytes_on_any_number_of_threads()
    {
        var options = Options("neuroprune") with { Targets = new SparseTargets { Sparsity = 0.6, Heads = 9 }, CheckpointSteps = 2 };
        new SparseTrainer(backend).Run(folder["marian"], Task(), options, folder["whole"]);
        using var one = new CpuBackend(1);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
        {
            new SparseTrainer(one).Run(
                folder["marian"], Task(), options, folder["out"], ExistingOutput.Refuse, new StopAt(7, stop), stop.Token);
        });

        new SparseTrainer(backend).Run(folder["marian"], Task(), options, folder["out"], ExistingOutput.Resume);

        foreach (string file in new[] { "model.safetensors", "config.json", "tokenizer.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], file)), File.ReadAllBytes(Path.Combine(folder["out"], file)));
        }
    }

    [Fact]
    public void A_model_from_nothing_learns_to_write_backwards()
    {
        var task = new TextPairTraining(TextPairTask.Translation("xx", "yy"), folder["data"], new TextPairTrainingOptions { MeasuresByWriting = true });
        var options = Options("dense") with { Epochs = 30, LearningRate = 0.01, KeepsBest = true };

        var result = new SparseTrainer(backend).Run(folder["marian"], task, options, folder["out"])!;

        Assert.InRange(result.Metrics["bleu"], 60, 100);
        Assert.InRange(result.Metrics["loss"], 0, 0.8);
        Assert.Equal("bleu", result.Metrics.Keys.First());
        Assert.Equal(result.Metrics["bleu"], result.Score);
    }

    /// <summary>Strengths of a model many times as wide once left a translator no weights, and the run did not say so.</summary>
    [Theory]
    [InlineData("Lambda=10", 1)]
    [InlineData("Lambda=1e-7", 0)]
    public void Penalties_that_leave_the_task_no_weights_are_told_of(string setting, int warnings)
    {
        var options = Options("l1", setting, "PenaltyMode=Proximal") with { Epochs = 4, LearningRate = 0.02 };

        var result = new SparseTrainer(backend).Run(folder["marian"], Task(), options, folder["out"])!;

        Assert.Equal(warnings > 0, result.Sparsity.AtEpsilon > 0.95);
        Assert.Equal(warnings, result.Warnings.Count(warning => warning.Contains("outweigh the task", StringComparison.Ordinal)));
    }

    [Fact]
    public void Lengths_beyond_the_positions_are_refused_and_what_is_cut_is_told()
    {
        var error = Assert.Throws<InvalidInputException>(() =>
        {
            new SparseTrainer(backend).Run(folder["bart"], Task(), Options("dense") with { MaxLength = 65 }, folder["out"]);
        });
        Assert.Equal(("sequence-too-long", "max-length"), (error.Code, error.Option));
        using var opened = PretrainedModel.Open(folder["bart"]);
        var data = new TextPairTraining(TextPairTask.Translation("xx", "yy"), folder["data"], new TextPairTrainingOptions())
            .Read(opened, new TaskRequest(8, 3, null, 0), CancellationToken.None);
        Assert.Equal(2, data.Warnings.Count);
        Assert.Contains("80 examples", data.Warnings[0]);
        Assert.All(data.Training.Examples, example => Assert.InRange(example.InputIds.Length, 2, 3));

        // What is cut keeps its end.
        Assert.All(data.Training.Examples, example => Assert.Equal(1, example.InputIds[^1]));
    }

    private static SparseTrainingOptions Options(string method, params string[] settings) => new()
    {
        Method = SparseRunner.Method(method, settings),
        Epochs = 3,
        BatchSize = 10,
        LearningRate = 0.005,
        MaxLength = 16,
    };

    private static string Config(string family) => family == "t5"
        ? """{"model_type":"t5","vocab_size":400,"d_model":16,"d_kv":4,"d_ff":24,"num_layers":1,"num_heads":4,"relative_attention_num_buckets":8}"""
        : $$"""
          {"model_type":"{{family}}","vocab_size":400,"d_model":16,"encoder_layers":1,"decoder_layers":1,"encoder_attention_heads":4,
          "decoder_attention_heads":4,"encoder_ffn_dim":32,"decoder_ffn_dim":24,"max_position_embeddings":64,"activation_function":"relu","init_std":0.1,
          "dropout":0}
          """;

    private void Write(string split, IEnumerable<string> texts)
    {
        var lines = texts.ToList();
        folder.Write($"data/{split}.xx", string.Concat(lines.Select(line => line + "\n")));
        folder.Write($"data/{split}.yy", string.Concat(lines.Select(line => string.Join(' ', line.Split(' ').Reverse()) + "\n")));
    }

    private TextPairTraining Task() => new(TextPairTask.Translation("xx", "yy"), folder["data"], new TextPairTrainingOptions { Prefix = "", MaxTargetLength = 16, MaxEvaluationExamples = 4 });

    private float[] Logits(string model)
    {
        using var pretrained = PretrainedModel.Open(model);
        pretrained.LoadAll();
        using var computation = new Computation(backend);
        var batch = new TokenBatch([300, 40, 55, 1, 60, 12, 1, 0], 2, [1, 1, 1, 1, 1, 1, 1, 0]) { Target = new TokenBatch([0, 9, 44, 0, 12, 80], 2) };
        using var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }

    private sealed class StopAt(int step, CancellationTokenSource source) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            if (value.Step?.Step.Number == step)
            {
                source.Cancel();
            }
        }
    }
}
