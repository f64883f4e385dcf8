using System.Globalization;
using System.Reflection;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Gates.Structure;
using Sparsum.Pruning.SparseTraining.Methods;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Layers;
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
        ProcessGroup? group = null,
        params IReadOnlyList<string> settings)
    {
        backend = new CpuBackend(threads);
        Model = RandomInitialization.Create(isOpt ? Opt : Bert, 5);
        Sparsifier = Method(method, settings).Create(new SparsifierContext
        {
            Backend = backend,
            Model = Model,
            Targets = targets ?? new SparseTargets(),
        });
        Trainer = new Trainer(backend, Model, Data(), options ?? Options, observer is null ? [Sparsifier] : [Sparsifier, observer])
        {
            Group = group ?? ProcessGroup.Single,
        };
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

    /// <summary>A method with settings given as <c>property=value</c>.</summary>
    public static ISparseMethod Method(string name, IEnumerable<string> settings) => name switch
    {
        "dense" => new DenseMethod(Bind(new DenseOptions(), settings)),
        "magnitude" => new MagnitudeMethod(Bind(new MagnitudeOptions(), settings)),
        "voita" => new VoitaMethod(Bind(new VoitaOptions(), settings)),
        "dsp" => new DspMethod(Bind(new DspOptions(), settings)),
        "cofi" => new CofiMethod(Bind(new CofiOptions(), settings)),
        "michel" => new MichelMethod(Bind(new MichelOptions(), settings)),
        "l1" => new L1Method(Bind(new L1Options(), settings)),
        "neuroprune-ramp" => new NeuroPruneMethod(Bind(NeuroPruneOptions.Ramp with { }, settings)),
        _ => new NeuroPruneMethod(Bind(new NeuroPruneOptions(), settings)),
    };

    /// <summary>Weights, moments and structure.</summary>
    public float[] State() =>
    [
        .. Trainer.Optimizer.Parameters.SelectMany(state =>
            (float[])[state.Parameter.Shape[0], .. state.Parameter.Value.ToArray(), .. state.FirstMoment.ToArray(), .. state.SecondMoment.ToArray()]),
    ];

    /// <summary>What the model says of two rows.</summary>
    public float[] Logits()
    {
        using var computation = new Computation(backend);
        var batch = new TokenBatch([2, 3, 4, 5, 6, 2, 9, 8, 7, 3], 2);
        using var logits = Model.Forward(Model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }

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

    private static T Bind<T>(T options, IEnumerable<string> settings)
        where T : notnull
    {
        foreach (string[] parts in settings.Select(text => text.Split('=')))
        {
            var property = typeof(T).GetProperty(parts[0], BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)!;
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            property.SetValue(options, type.IsEnum ? Enum.Parse(type, parts[1], ignoreCase: true) : Convert.ChangeType(parts[1], type, CultureInfo.InvariantCulture));
        }

        return options;
    }

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
