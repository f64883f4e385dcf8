using Sparsum.Cli.Running;
using Sparsum.Evaluation.Glue;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Training;

/// <summary>The examples of a task as a model is trained and measured on them.</summary>
/// <param name="Training">The examples to train on.</param>
/// <param name="Evaluation">The labelled splits to measure on, the main one first.</param>
/// <param name="Mapping">Which output stands for which label; null in regression.</param>
/// <param name="Scoring">How splits go through the model.</param>
internal sealed record TaskData(
    TrainingData Training, IReadOnlyList<EncodedSplit> Evaluation, LabelMapping? Mapping, GlueEvaluationOptions Scoring)
{
    /// <summary>Reads and encodes a task.</summary>
    /// <param name="context">The run.</param>
    /// <param name="pretrained">The classifier.</param>
    /// <param name="task">The task.</param>
    /// <param name="folder">The folder of its files.</param>
    /// <param name="batchSize">Examples per step.</param>
    /// <param name="maxLength">Most tokens of an example.</param>
    /// <param name="maxExamples">Most examples to train on; null takes all.</param>
    public static TaskData Read(
        RunContext context, PretrainedModel pretrained, GlueTask task, string folder, int batchSize, int maxLength, int? maxExamples)
    {
        context.Progress.Report($"reading {task.Name}");
        var mapping = TaskModel.Mapping(pretrained, task);
        int padding = TaskModel.PaddingToken(pretrained);
        var dataset = GlueReader.Read(folder, task, GlueSplit.Train, context.CancellationToken);
        int[] chosen = SeededShuffle.Indices(dataset.Examples.Count, (ulong)context.Seed)[..Math.Min(maxExamples ?? int.MaxValue, dataset.Examples.Count)];
        Array.Sort(chosen);
        var examples = new TrainingExample[chosen.Length];
        for (int i = 0; i < examples.Length; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            examples[i] = Encode(dataset.Examples[chosen[i]], pretrained, mapping, maxLength);
        }

        return new TaskData(
            new TrainingData(examples, new DataOptions { BatchSize = batchSize, Seed = (ulong)context.Seed, PaddingToken = padding }),
            [.. task.EvaluationSplits.Select(split => EncodedSplit.Create(
                GlueReader.Read(folder, task, split, context.CancellationToken), pretrained.Tokenizer, maxLength, context.CancellationToken))],
            mapping,
            new GlueEvaluationOptions { BatchSize = batchSize, PaddingToken = padding });
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
}
