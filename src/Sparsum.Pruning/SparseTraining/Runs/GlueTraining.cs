using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// A task of GLUE: a classifier, or a regression of one number; with an encoder and a decoder the task in its text form
/// (<see cref="GlueTextForm"/>), measured by what the model writes.
/// </summary>
/// <param name="task">The task, one of <see cref="GlueTasks"/>.</param>
/// <param name="folder">The folder of its files as the benchmark publishes them, or the one that holds all tasks.</param>
public sealed class GlueTraining(GlueTask task, string folder) : ITrainingTask
{
    /// <inheritdoc/>
    public string Name => task.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Inputs => [folder];

    /// <inheritdoc/>
    public TrainingRecipe Recipe => new(task.Recipe.Epochs, task.Recipe.LearningRate, task.Recipe.BatchSize, task.Recipe.MaxLength);

    /// <inheritdoc/>
    public PretrainedModel Open(string model, bool freshHead, ulong seed)
    {
        if (!freshHead)
        {
            var pretrained = PretrainedModel.Open(model);
            if (pretrained.Model is EncoderDecoderModel)
            {
                return pretrained;
            }

            pretrained.Dispose();
        }

        return GlueClassifier.OpenForTraining(model, task, freshHead, seed);
    }

    /// <inheritdoc/>
    public int LengthFor(PretrainedModel pretrained, int length, bool isAsked) => pretrained.Model is EncoderDecoderModel
        ? TextPairModel.Limit(pretrained, length, isAsked, "max-length")
        : Math.Min(length, pretrained.Model.MaxPositions);

    /// <inheritdoc/>
    public ITaskData Read(PretrainedModel pretrained, TaskRequest request, CancellationToken cancellationToken)
    {
        int padding = GlueClassifier.PaddingToken(pretrained);
        var dataset = GlueReader.Read(folder, task, GlueSplit.Train, cancellationToken);
        int count = Math.Min(request.MaxExamples ?? int.MaxValue, dataset.Examples.Count);
        int[] chosen = SeededShuffle.Indices(dataset.Examples.Count, request.Seed)[..count];
        Array.Sort(chosen);
        var data = new DataOptions { BatchSize = request.BatchSize, Seed = request.Seed, PaddingToken = padding };
        if (pretrained.Model is EncoderDecoderModel)
        {
            var texts = GlueTextSplit.Create(dataset, pretrained, request.MaxLength, cancellationToken);
            return new Texts(
                new TrainingData([.. chosen.Select(index => new TrainingExample(texts.Sources[index]) { Target = texts.Targets[index] })], data),
                [.. task.EvaluationSplits.Select(split => GlueTextSplit.Create(
                    GlueReader.Read(folder, task, split, cancellationToken), pretrained, request.MaxLength, cancellationToken))],
                pretrained,
                request.BatchSize);
        }

        var mapping = GlueClassifier.Mapping(pretrained, task);
        var examples = new TrainingExample[chosen.Length];
        for (int i = 0; i < examples.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            examples[i] = Encode(dataset.Examples[chosen[i]], pretrained, mapping, request.MaxLength);
        }

        return new Examples(
            new TrainingData(examples, data),
            [.. task.EvaluationSplits.Select(split => EncodedSplit.Create(
                GlueReader.Read(folder, task, split, cancellationToken), pretrained.Tokenizer, request.MaxLength, cancellationToken))],
            mapping,
            new GlueEvaluationOptions { BatchSize = request.BatchSize, PaddingToken = padding });
    }

    private static TrainingExample Encode(GlueExample example, PretrainedModel pretrained, LabelMapping? mapping, int maxLength)
    {
        var text = pretrained.Tokenizer.EncodePair(example.TextA, example.TextB, maxLength);
        return new TrainingExample(text.Ids)
        {
            TokenTypeIds = example.TextB is null ? null : text.TypeIds,
            Label = example.Score ?? mapping!.ToModel(example.Label!.Value),
        };
    }

    /// <summary>Tokenizer and special ids of the opened folder are read once it is closed too.</summary>
    private sealed record Texts(
        TrainingData Training, IReadOnlyList<GlueTextSplit> Splits, PretrainedModel Pretrained, int BatchSize) : ITaskData
    {
        public int EvaluationExamples => Splits[0].Sources.Count;

        public MetricScores Score(IBackend backend, TransformerModel model, CancellationToken cancellationToken) =>
            Splits[0].Measure(backend, Pretrained, (EncoderDecoderModel)model, BatchSize, null, cancellationToken).Scores;

        public IReadOnlyDictionary<string, double> Measure(IBackend backend, TransformerModel model, CancellationToken cancellationToken)
        {
            var metrics = new OrderedDictionary<string, double>();
            foreach (var split in Splits)
            {
                string suffix = GlueScorer.Suffix(split.Dataset.Split);
                var (scores, unknown) = split.Measure(backend, Pretrained, (EncoderDecoderModel)model, BatchSize, null, cancellationToken);
                foreach (var (name, value) in scores.Values)
                {
                    metrics.Add(name + suffix, value);
                }

                metrics.Add("unknownShare" + suffix, (double)unknown / split.Sources.Count);
            }

            return metrics;
        }
    }

    private sealed record Examples(
        TrainingData Training, IReadOnlyList<EncodedSplit> Splits, LabelMapping? Mapping, GlueEvaluationOptions Scoring) : ITaskData
    {
        public int EvaluationExamples => Splits[0].Texts.Count;

        public MetricScores Score(IBackend backend, TransformerModel model, CancellationToken cancellationToken) =>
            Score(backend, model, Splits[0], cancellationToken);

        public IReadOnlyDictionary<string, double> Measure(IBackend backend, TransformerModel model, CancellationToken cancellationToken)
        {
            var metrics = new OrderedDictionary<string, double>();
            foreach (var split in Splits)
            {
                foreach (var (name, value) in Score(backend, model, split, cancellationToken).Values)
                {
                    metrics.Add(name + GlueScorer.Suffix(split.Dataset.Split), value);
                }
            }

            return metrics;
        }

        private MetricScores Score(IBackend backend, TransformerModel model, EncodedSplit split, CancellationToken cancellationToken) =>
            GlueEvaluator.Run(backend, model, split, Mapping, Scoring, null, cancellationToken);
    }
}
