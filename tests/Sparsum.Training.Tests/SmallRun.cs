using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Training.Tests;

/// <summary>A small BERT classifier with dropout, data that it can learn, and a trainer.</summary>
internal sealed class SmallRun : IDisposable
{
    public static readonly TrainerOptions Options = new() { Epochs = 2, LearningRate = 0.01, WarmupSteps = 2, MicroBatchSize = 3 };

    private readonly IBackend backend;

    public SmallRun(
        TrainerOptions? options = null,
        IReadOnlyList<ITrainingHook>? hooks = null,
        TrainingData? data = null,
        int threads = 2,
        double dropout = 0.1,
        ProcessGroup? group = null)
    {
        backend = new CpuBackend(threads);
        var config = new BertConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            IntermediateSize = 24,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = 32,
            Architectures = ["BertForSequenceClassification"],
            NumLabels = 2,
            HiddenDropoutProb = dropout,
            AttentionProbsDropoutProb = dropout,
        };
        Model = RandomInitialization.Create(config, 5);
        Trainer = new Trainer(backend, Model, data ?? Data(), options ?? Options, hooks) { Group = group ?? ProcessGroup.Single };
    }

    public TransformerModel Model { get; }

    public Trainer Trainer { get; }

    /// <summary>18 examples of 3 to 9 tokens; the class says whether the second token is below 16.</summary>
    public static TrainingData Data(int batchSize = 5) => new(
        [
            .. Enumerable.Range(0, 18).Select(i => new TrainingExample([1, 3 + (i * 11 % 28), .. Enumerable.Range(4, 1 + (i % 7))])
            {
                Label = 3 + (i * 11 % 28) < 16 ? 0 : 1,
            }),
        ],
        new DataOptions { BatchSize = batchSize, BucketBatches = 2 });

    /// <summary>All weights and moments.</summary>
    public float[] State() =>
    [
        .. Trainer.Optimizer.Parameters.SelectMany(state =>
            (float[])[.. state.Parameter.Value.ToArray(), .. state.FirstMoment.ToArray(), .. state.SecondMoment.ToArray()]),
    ];

    public float[] Weights() => [.. Model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

    public void Dispose()
    {
        Trainer.Dispose();
        Model.Dispose();
        backend.Dispose();
    }
}
