using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers.Training;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>Methods at work in several processes against the same in one.</summary>
public sealed class SharedSparseTests
{
    public static TheoryData<string, double?, int?, int, string[]> Methods => new()
    {
        { "dense", null, null, 2, [] },
        { "l1", null, null, 2, ["lambda=0.001"] },
        { "l1", 0.7, null, 3, [] },
        { "neuroprune", null, null, 2, ["alpha=0.01", "beta=0.1", "theta=0.05"] },
        { "neuroprune", 0.8, 5, 3, [] },
        { "neuroprune-ramp", 0.8, 5, 2, ["headCriterion=importance"] },
        { "magnitude", 0.6, null, 2, [] },
        { "voita", null, null, 2, [] },
        { "dsp", null, 5, 2, [] },
        { "michel", null, 5, 3, [] },
        { "cofi", 0.5, null, 2, ["hidden=true", "gateLearningRate=0.2"] },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void Processes_make_a_model_sparse_as_one_does(string method, double? sparsity, int? heads, int size, string[] settings)
    {
        var targets = new SparseTargets { Sparsity = sparsity, Heads = heads };
        using var alone = new SparseRunner(method, targets, settings: settings);
        alone.Trainer.Run();
        var expected = alone.Sparsifier.Finish(alone.Trainer);

        var shared = ThreadGroup.Run(size, group =>
        {
            using var run = new SparseRunner(method, targets, group: group, settings: settings);
            run.Trainer.Run();
            return (Result: run.Sparsifier.Finish(run.Trainer), run.Sparsifier.Heads, Logits: run.Logits(), State: run.State());
        });

        Assert.All(shared, run => Assert.Equal(shared[0].State, run.State));
        Assert.Equivalent(alone.Sparsifier.Heads.Select(head => head.Record.KeptHeads), shared[0].Heads.Select(head => head.Record.KeptHeads), strict: true);
        Assert.Equal(expected.BeforeFinish.Dense, shared[0].Result.BeforeFinish.Dense);
        Numbers.AssertClose(alone.Logits(), shared[0].Logits, 2e-3, "logits");
    }

    [Fact]
    public void A_loss_of_ones_own_is_refused()
    {
        using var folder = new TemporaryFolder();
        ModelWriterOf(folder["teacher"]);
        var error = Assert.Throws<InvalidInputException>(() => ThreadGroup.Run(2, group =>
        {
            using var run = new SparseRunner("cofi", new SparseTargets { Sparsity = 0.5 }, group: group, settings: [$"teacher={folder["teacher"]}"]);
            return run.Trainer.Run();
        }));

        Assert.Equal("not-shared", error.Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Pretraining_in_two_processes_goes_on_in_any_number(int size)
    {
        using var folder = new TemporaryFolder();
        string text = folder["text.txt"];
        File.WriteAllText(text, string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i} tells of {(i * 37) % 91} sparse models and {i % 7} dense ones.\n")));
        ModelWriter.Save(folder["model"], Llama, RandomInitialization.Create(Llama, 5));
        Pretrain(folder, text, "alone", ProcessGroup.Single);
        Assert.ThrowsAny<Exception>(() => ThreadGroup.Run(2, group => Pretrain(folder, text, "out", group, ExistingOutput.Refuse, new Dies(isSecond: group.Rank == 1))));
        Assert.False(Directory.Exists(folder["out"]));

        var results = ThreadGroup.Run(size, group => Pretrain(folder, text, "out", group, ExistingOutput.Resume));

        Assert.All(results, result => Assert.Equal(20, result!.History.Losses.Count));
        using var one = PretrainedModel.Open(folder["alone"]);
        using var other = PretrainedModel.Open(folder["out"]);
        one.LoadAll();
        other.LoadAll();
        foreach (var (first, second) in one.Model.Parameters.Zip(other.Model.Parameters))
        {
            Numbers.AssertClose(first.Value.Span, second.Value.Span, 1e-3, first.Name);
        }

        Assert.All(ThreadGroup.Run(2, group => Pretrain(folder, text, "out", group, ExistingOutput.Resume)), Assert.Null);
    }

    private static Transformers.Models.Families.LlamaConfig Llama { get; } = OneShot.TinyConfigs.Llama with { NumHiddenLayers = 2 };

    private static PretrainingResult? Pretrain(
        TemporaryFolder folder, string text, string output, ProcessGroup group, ExistingOutput existing = ExistingOutput.Refuse, IProgress<RunProgress>? progress = null)
    {
        using var backend = new CpuBackend(1);
        var options = new PretrainingOptions
        {
            TokenizerTrainer = TokenizerTrainers.All[0],
            VocabularySize = 300,
            SequenceLength = 16,
            BatchSize = 6,
            Steps = 20,
            CheckpointSteps = 4,
            ValidationShare = 0.1,
            Seed = 3,
        };
        return new Pretrainer(backend) { Group = group }.Run(folder["model"], TextFile.Read(text), options, folder[output], null, existing, progress);
    }

    private static void ModelWriterOf(string folder)
    {
        using var model = RandomInitialization.Create(SparseRunner.Bert, 5);
        ModelWriter.Save(folder, SparseRunner.Bert, model);
    }

    /// <summary>Ends the second process within a step, as if it were killed.</summary>
    private sealed class Dies(bool isSecond) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            if (isSecond && value.Step?.Step.Number == 10)
            {
                throw new InvalidTimeZoneException();
            }
        }
    }
}
