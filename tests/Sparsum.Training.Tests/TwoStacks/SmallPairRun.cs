using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Training.Data;
using Sparsum.Training.Schedules;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Training.Tests.TwoStacks;

/// <summary>A small model of two stacks that learns to write its source backwards.</summary>
internal sealed class SmallPairRun : IDisposable
{
    private const int End = 1;
    private const int FirstLetter = 3;
    private readonly IBackend backend;

    public SmallPairRun(string family, TrainerOptions? options = null, TrainingData? data = null, int threads = 2, double dropout = 0)
    {
        backend = new CpuBackend(threads);
        Model = (EncoderDecoderModel)RandomInitialization.Create(Config(family, dropout), 5);
        Trainer = new Trainer(backend, Model, data ?? Data(), options ?? Options);
    }

    public static TrainerOptions Options { get; } = new()
    {
        Epochs = 12,
        LearningRate = 0.008,
        WarmupSteps = 20,
        Schedule = ScheduleShape.InverseSqrt,
        LabelSmoothing = 0.05,
        MicroBatchSize = 20,
    };

    public EncoderDecoderModel Model { get; }

    public Trainer Trainer { get; }

    /// <summary>Sources of 2 to 4 letters and what they are backwards.</summary>
    public static TrainingData Data(int count = 400, int? batchTokens = null) => new(
        [.. Enumerable.Range(0, count).Select(Example)], new DataOptions { BatchSize = 32, BucketBatches = 4, BatchTokens = batchTokens });

    public static TrainingExample Example(int index)
    {
        var random = new Pcg32((ulong)index);
        int[] letters = [.. Enumerable.Range(0, 2 + (int)(random.NextUInt32() % 3)).Select(_ => FirstLetter + (int)(random.NextUInt32() % 6))];
        return new TrainingExample([.. letters, End]) { Target = [.. letters.Reverse(), End] };
    }

    public static ModelConfig Config(string family, double dropout) => family switch
    {
        "t5" => new T5Config
        {
            VocabSize = 12,
            DModel = 32,
            DKv = 8,
            DFf = 64,
            NumLayers = 1,
            NumHeads = 4,
            DropoutRate = dropout,
            FeedForwardProj = "gated-gelu",
            TieWordEmbeddings = false,
            PadTokenId = 0,
            EosTokenId = [End],
        },
        "marian" => Small(new MarianConfig { PadTokenId = 0, DecoderStartTokenId = 0, EosTokenId = [End] }, dropout),
        _ => Small(new BartConfig { PadTokenId = 0, DecoderStartTokenId = 2, EosTokenId = [End] }, dropout),
    };

    private static PostNormStacksConfig Small(PostNormStacksConfig config, double dropout) => config with
    {
        VocabSize = 12,
        DModel = 32,
        EncoderLayers = 1,
        DecoderLayers = 1,
        EncoderAttentionHeads = 4,
        DecoderAttentionHeads = 4,
        EncoderFfnDim = 64,
        DecoderFfnDim = 64,
        MaxPositionEmbeddings = 16,
        Dropout = dropout,
        InitStd = 0.1,
        ActivationFunction = "relu",
        ScaleEmbedding = true,
    };

    /// <summary>All weights and moments.</summary>
    public float[] State() =>
    [
        .. Trainer.Optimizer.Parameters.SelectMany(state =>
            (float[])[.. state.Parameter.Value.ToArray(), .. state.FirstMoment.ToArray(), .. state.SecondMoment.ToArray()]),
    ];

    public void Dispose()
    {
        Trainer.Dispose();
        Model.Dispose();
        backend.Dispose();
    }
}
