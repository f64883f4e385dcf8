using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics;
using Sparsum.Tensors;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>A task of GLUE: a classifier, or a regression of one number.</summary>
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
    public PretrainedModel Open(string model, bool freshHead, ulong seed) => GlueClassifier.OpenForTraining(model, task, freshHead, seed);

    /// <inheritdoc/>
    public ITaskData Read(PretrainedModel pretrained, TaskRequest request, CancellationToken cancellationToken)
    {
        var mapping = GlueClassifier.Mapping(pretrained, task);
        int padding = GlueClassifier.PaddingToken(pretrained);
        var dataset = GlueReader.Read(folder, task, GlueSplit.Train, cancellationToken);
        int count = Math.Min(request.MaxExamples ?? int.MaxValue, dataset.Examples.Count);
        int[] chosen = SeededShuffle.Indices(dataset.Examples.Count, request.Seed)[..count];
        Array.Sort(chosen);
        var examples = new TrainingExample[chosen.Length];
        for (int i = 0; i < examples.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            examples[i] = Encode(dataset.Examples[chosen[i]], pretrained, mapping, request.MaxLength);
        }

        return new Examples(
            new TrainingData(examples, new DataOptions { BatchSize = request.BatchSize, Seed = request.Seed, PaddingToken = padding }),
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
