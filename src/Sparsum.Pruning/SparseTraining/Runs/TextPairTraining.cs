using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>Summarisation or translation with a model that has an encoder and a decoder.</summary>
/// <param name="task">The task.</param>
/// <param name="path">The folder of its files: a split to train on and one to validate on.</param>
/// <param name="options">How texts become tokens, and how the model is measured.</param>
public sealed class TextPairTraining(TextPairTask task, string path, TextPairTrainingOptions options) : ITrainingTask
{
    // Measuring keeps no gradients, but keys and values of every beam.
    private const int LargestBatch = 32;

    /// <inheritdoc/>
    public string Name => task.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Inputs => [path];

    /// <inheritdoc/>
    public TrainingRecipe Recipe
    {
        get
        {
            var recipe = task.Recipe;
            return new TrainingRecipe(recipe.Epochs, recipe.LearningRate, options.BatchTokens is null ? recipe.BatchSize : int.MaxValue, recipe.MaxSourceLength);
        }
    }

    /// <summary>How texts became tokens, once <see cref="Read"/> was called.</summary>
    public PairEncodingOptions? Encoding { get; private set; }

    /// <inheritdoc/>
    public PretrainedModel Open(string model, bool freshHead, ulong seed) => TextPairModel.Open(model, task, freshHead);

    /// <inheritdoc/>
    public int LengthFor(PretrainedModel pretrained, int length, bool isAsked) => TextPairModel.Limit(pretrained, length, isAsked, "max-length");

    /// <inheritdoc/>
    public ITaskData Read(PretrainedModel pretrained, TaskRequest request, CancellationToken cancellationToken)
    {
        Encoding = new PairEncodingOptions
        {
            Prefix = options.Prefix ?? TextPairModel.Prefix(pretrained, task),
            MaxSourceLength = request.MaxLength,
            MaxTargetLength = TextPairModel.Limit(
                pretrained, options.MaxTargetLength ?? task.Recipe.MaxTargetLength, options.MaxTargetLength is not null, "max-target-length"),
        };
        var all = TextPairReader.Read(path, task, TextPairSplit.Train, cancellationToken);
        int count = Math.Min(request.MaxExamples ?? int.MaxValue, all.Pairs.Count);
        int[] chosen = SeededShuffle.Indices(all.Pairs.Count, request.Seed)[..count];
        Array.Sort(chosen);
        var training = EncodedPairs.Create(all with { Pairs = [.. chosen.Select(index => all.Pairs[index])] }, pretrained, Encoding, cancellationToken);
        var validation = EncodedPairs.Create(
            TextPairReader.Read(path, task, TextPairSplit.Validation, cancellationToken), pretrained, Encoding, cancellationToken);
        int padding = GlueClassifier.PaddingToken(pretrained);
        var data = new TrainingData(
            [.. training.Sources.Zip(training.Targets, (source, target) => new TrainingExample(source) { Target = target })],
            new DataOptions { BatchSize = request.BatchSize, BatchTokens = options.BatchTokens, Seed = request.Seed, PaddingToken = padding });
        var generation = options.Generation ?? GenerationConfig.Open(pretrained.Folder).ToOptions(request.Seed) with { Sampling = null };
        return new Pairs(data, validation.Take(options.MaxEvaluationExamples), pretrained.Tokenizer, options.MeasuresByWriting, padding)
        {
            Generation = generation with { MaxNewTokens = Encoding.MaxTargetLength, MaxLength = null },
            BatchSize = Math.Min(request.BatchSize, LargestBatch),
            Warnings = [.. training.Warnings, .. validation.Warnings],
        };
    }

    private sealed record Pairs(
        TrainingData Training, EncodedPairs Validation, Transformers.Tokenizers.ITokenizer Tokenizer, bool MeasuresByWriting, int Padding) : ITaskData
    {
        public required GenerationOptions Generation { get; init; }

        public required int BatchSize { get; init; }

        public required IReadOnlyList<string> Warnings { get; init; }

        public int EvaluationExamples => Validation.Sources.Count;

        public MetricScores Score(IBackend backend, TransformerModel model, CancellationToken cancellationToken)
        {
            var values = MeasuresByWriting ? Write(backend, model, cancellationToken) : [];
            double loss = Loss(backend, model, cancellationToken);
            values.Add(LossName, loss);
            return new MetricScores(values, MeasuresByWriting ? values.Values.First() : -loss);
        }

        public IReadOnlyDictionary<string, double> Measure(IBackend backend, TransformerModel model, CancellationToken cancellationToken)
        {
            var values = Write(backend, model, cancellationToken);
            values.Add(LossName, Loss(backend, model, cancellationToken));
            return values;
        }

        private const string LossName = "loss";

        private double Loss(IBackend backend, TransformerModel model, CancellationToken cancellationToken) =>
            TextPairEvaluator.Loss(backend, (EncoderDecoderModel)model, Validation, BatchSize, Padding, cancellationToken);

        private OrderedDictionary<string, double> Write(IBackend backend, TransformerModel model, CancellationToken cancellationToken)
        {
            var texts = TextPairEvaluator.Generate(
                backend, (EncoderDecoderModel)model, Tokenizer, Validation.Sources, Generation, BatchSize, null, cancellationToken);
            return new(TextPairEvaluator.Score(Validation.Set.Task, texts, [.. Validation.Set.Pairs.Select(pair => pair.Target)]));
        }
    }
}

/// <summary>How <see cref="TextPairTraining"/> reads and measures.</summary>
public sealed record TextPairTrainingOptions
{
    /// <summary>What stands in front of every source; null for what the model's family is told (<see cref="TextPairTask.Instruction"/>), or nothing.</summary>
    public string? Prefix { get; init; }

    /// <summary>Most tokens of a target, its end included, and of what is written; null for what is usual.</summary>
    public int? MaxTargetLength { get; init; }

    /// <summary>Most tokens of a batch, as its examples times the longest of them; null for batches of one size.</summary>
    public int? BatchTokens { get; init; }

    /// <summary>Whether a run is also measured by what the model writes while it goes on, rather than by the loss alone. At the end it always is.</summary>
    public bool MeasuresByWriting { get; init; }

    /// <summary>The first so many examples of the validation split are measured on; null takes all.</summary>
    public int? MaxEvaluationExamples { get; init; }

    /// <summary>How texts are written, but for their length; null for the model's own settings without sampling.</summary>
    public GenerationOptions? Generation { get; init; }
}
