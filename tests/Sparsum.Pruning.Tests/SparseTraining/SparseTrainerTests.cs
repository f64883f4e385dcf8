using Sparsum.Core;
using Sparsum.Evaluation.Metrics;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Methods;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>The library's door, with a task that it does not know.</summary>
public sealed class SparseTrainerTests : IDisposable
{
    private static readonly SparseTrainingOptions Options = new()
    {
        Method = new NeuroPruneMethod(),
        Targets = new SparseTargets { Sparsity = 0.8, Heads = 5 },
        KeepsBest = true,
        EvaluationSteps = 6,
        CheckpointSteps = 2,
    };

    private readonly TemporaryFolder folder = new();
    private readonly CpuBackend backend = new(2);

    public SparseTrainerTests()
    {
        using var model = RandomInitialization.Create(SparseRunner.Bert, 5);
        ModelWriter.Save(folder["model"], SparseRunner.Bert, model);
    }

    public void Dispose()
    {
        backend.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{"Step":2,"Metrics":null,"Score":0.5}""")]
    [InlineData("""{"Step":2,"Score":0.5,"Strengths":null}""")]
    public void A_history_with_an_incomplete_evaluation_is_refused(string evaluation)
    {
        using var files = new TemporaryFolder();
        string path = files["history.json"];
        File.WriteAllText(path, $$"""{"Seconds":1,"Losses":[],"TaskNorms":[],"TotalNorms":[],"Epochs":[],"Evaluations":[{{evaluation}}]}""");

        Assert.Throws<InvalidInputException>(() => TrainingHistory.Read(path));
    }

    [Fact]
    public void A_task_of_ones_own_is_trained_to_a_target()
    {
        bool isWhole = false;
        var trainer = new SparseTrainer(backend)
        {
            Completing = (path, done) => isWhole = File.Exists(Path.Combine(path, "model.safetensors")) && !Directory.Exists(folder["out"]),
        };

        var result = trainer.Run(folder["model"], new Parity(), Options, folder["out"])!;

        Assert.True(isWhole);
        Assert.Equal(0.8, result.Sparsity.Sparsity, 1e-3);
        Assert.Equal(5, result.Sparsity.HeadsKept.Sum());
        Assert.Equal(("parity", "neuroprune", 4), (result.Task, result.Method, result.History.Epochs.Count));
        Assert.Equal("steered", result.Settings["target-mode"]);
        Assert.Equal(result.History.Best!.Step, result.BestStep);
        using var opened = PretrainedModel.Open(folder["out"]);
        opened.LoadAll();
        Assert.Equal(5, opened.Model.Blocks.Sum(block => block.Attention.HeadCount));
        Assert.Equal(result.Metrics["accuracy"], Parity.Score(backend, opened.Model).Combined);
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    [Fact]
    public void A_cancelled_run_goes_on_and_gives_the_same_bytes()
    {
        var whole = new SparseTrainer(backend).Run(folder["model"], new Parity(), Options, folder["whole"])!;
        using var stop = new CancellationTokenSource();
        var stopper = new Stopper(stop, 13);

        Assert.Throws<OperationCanceledException>(() =>
        {
            new SparseTrainer(backend).Run(folder["model"], new Parity(), Options, folder["out"], ExistingOutput.Refuse, stopper, stop.Token);
        });
        Assert.Equal(
            "unfinished-run",
            Assert.Throws<InvalidInputException>(() => { new SparseTrainer(backend).Run(folder["model"], new Parity(), Options, folder["out"]); }).Code);
        var resumed = new SparseTrainer(backend).Run(folder["model"], new Parity(), Options, folder["out"], ExistingOutput.Resume)!;

        foreach (string name in new[] { "model.safetensors", "config.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], name)), File.ReadAllBytes(Path.Combine(folder["out"], name)));
        }

        Assert.Equal(whole.History.Losses, resumed.History.Losses);
        Assert.Equal(whole.History.Epochs.Select(epoch => epoch.Score), resumed.History.Epochs.Select(epoch => epoch.Score));
        Assert.Null(new SparseTrainer(backend).Run(folder["model"], new Parity(), Options, folder["out"], ExistingOutput.Resume));
    }

    /// <summary>Ranking heads after the last step takes as long as an epoch.</summary>
    [Fact]
    public void A_run_that_is_cancelled_while_heads_are_ranked_goes_on_and_gives_the_same_bytes()
    {
        var options = Options with { Method = new MichelMethod(), Targets = new SparseTargets { Heads = 5 } };
        new SparseTrainer(backend).Run(folder["model"], new Parity(), options, folder["whole"]);
        using var stop = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() =>
        {
            new SparseTrainer(backend).Run(folder["model"], new Parity(), options, folder["out"], ExistingOutput.Refuse, new PhaseStopper(stop, RunPhase.Finishing), stop.Token);
        });
        new SparseTrainer(backend).Run(folder["model"], new Parity(), options, folder["out"], ExistingOutput.Resume);

        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["out"], "model.safetensors")));
    }

    [Fact]
    public void What_an_option_cannot_be_is_said_by_its_name()
    {
        var error = Assert.Throws<InvalidInputException>(() =>
        {
            new SparseTrainer(backend).Run(folder["model"], new Parity(), Options with { LearningRate = -1 }, folder["out"]);
        });

        Assert.Equal(("invalid-option", "learning-rate"), (error.Code, error.Option));
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    /// <summary>Whether the second token is below 16.</summary>
    private sealed class Parity : ITrainingTask, ITaskData
    {
        public string Name => "parity";

        public IReadOnlyList<string> Inputs => [];

        public TrainingRecipe Recipe => new(Epochs: 4, LearningRate: 0.005, BatchSize: 5, MaxLength: 16);

        public TrainingData Training { get; } = new(
            [
                .. Enumerable.Range(0, 38).Select(i => new TrainingExample([2, 3 + (i * 11 % 28), .. Enumerable.Range(4, 1 + (i % 7))])
                {
                    Label = 3 + (i * 11 % 28) < 16 ? 0 : 1,
                }),
            ],
            new DataOptions { BatchSize = 5 });

        public int EvaluationExamples => 28;

        public static MetricScores Score(IBackend backend, TransformerModel model)
        {
            using var computation = new Computation(backend);
            int[] ids = [.. Enumerable.Range(3, 28).SelectMany(token => new[] { 2, token, 4, 5 })];
            var batch = new TokenBatch(ids, 28);
            using var logits = model.Forward(model.BeginPass(computation, batch), batch);
            int[] predicted = [.. Enumerable.Range(0, 28).Select(row => logits.Row(row)[1] > logits.Row(row)[0] ? 1 : 0)];
            return MetricScores.OfLabels([Metric.Accuracy], predicted, [.. Enumerable.Range(3, 28).Select(token => token < 16 ? 0 : 1)]);
        }

        public PretrainedModel Open(string model, bool freshHead, ulong seed) => PretrainedModel.Open(model);

        public ITaskData Read(PretrainedModel pretrained, TaskRequest request, CancellationToken cancellationToken) => this;

        public MetricScores Score(IBackend backend, TransformerModel model, CancellationToken cancellationToken) => Score(backend, model);

        public IReadOnlyDictionary<string, double> Measure(IBackend backend, TransformerModel model, CancellationToken cancellationToken) =>
            Score(backend, model).Values;
    }

    private sealed class Stopper(CancellationTokenSource source, int step) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            if (value.Step?.Step.Number == step)
            {
                source.Cancel();
            }
        }
    }

    private sealed class PhaseStopper(CancellationTokenSource source, RunPhase phase) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            if (value.Phase == phase)
            {
                source.Cancel();
            }
        }
    }
}
