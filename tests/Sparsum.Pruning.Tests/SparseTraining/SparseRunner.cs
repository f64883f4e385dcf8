using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>A small classifier with dropout, data that it can learn, and a method at work on it.</summary>
internal sealed class SparseRunner : IDisposable
{
    public static readonly TrainerOptions Options = new() { Epochs = 4, LearningRate = 0.005, WarmupSteps = 2 };

    private readonly IBackend backend;

    public SparseRunner(
        string method,
        SparseTargets? targets = null,
        TrainerOptions? options = null,
        int threads = 2,
        bool isOpt = false,
        ITrainingHook? observer = null,
        params IReadOnlyList<string> settings)
    {
        backend = new CpuBackend(threads);
        Model = RandomInitialization.Create(isOpt ? Opt : Bert, 5);
        Sparsifier = SparseMethods.Get(method).Create(new SparsifierContext
        {
            Backend = backend,
            Model = Model,
            Targets = targets ?? new SparseTargets(),
            Settings = new MethodSettings(settings.Select(text => text.Split('=')).ToDictionary(parts => $"{method}.{parts[0]}", parts => parts[1])),
        });
        Trainer = new Trainer(backend, Model, Data(), options ?? Options, observer is null ? [Sparsifier] : [Sparsifier, observer]);
    }

    public static BertConfig Bert => new()
    {
        VocabSize = 31,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 32,
        Architectures = ["BertForSequenceClassification"],
        NumLabels = 2,
    };

    public static OptConfig Opt => new()
    {
        VocabSize = 31,
        HiddenSize = 16,
        FfnDim = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 32,
        PadTokenId = 1,
        Architectures = ["OPTForSequenceClassification"],
        NumLabels = 2,
    };

    public TransformerModel Model { get; }

    public ISparsifier Sparsifier { get; }

    public Trainer Trainer { get; }

    /// <summary>Weights, moments and structure.</summary>
    public float[] State() =>
    [
        .. Trainer.Optimizer.Parameters.SelectMany(state =>
            (float[])[state.Parameter.Shape[0], .. state.Parameter.Value.ToArray(), .. state.FirstMoment.ToArray(), .. state.SecondMoment.ToArray()]),
    ];

    public void Dispose()
    {
        Trainer.Dispose();
        Model.Dispose();
        backend.Dispose();
    }

    /// <summary>38 examples of 3 to 9 tokens, 8 batches; the class says whether the second token is below 16.</summary>
    private static TrainingData Data() => new(
        [
            .. Enumerable.Range(0, 38).Select(i => new TrainingExample([2, 3 + (i * 11 % 28), .. Enumerable.Range(4, 1 + (i % 7))])
            {
                Label = 3 + (i * 11 % 28) < 16 ? 0 : 1,
            }),
        ],
        new DataOptions { BatchSize = 5, BucketBatches = 2, PaddingToken = 1 });

    /// <summary>Cancels a run after a step.</summary>
    internal sealed class Stopper(int step) : ITrainingHook
    {
        public CancellationTokenSource Source { get; } = new();

        public void AfterStep(Trainer trainer, OptimizerStep done)
        {
            if (done.Number == step)
            {
                Source.Cancel();
            }
        }
    }
}
