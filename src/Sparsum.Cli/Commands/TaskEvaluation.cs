using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Evaluation.Glue;
using Sparsum.Tensors;

namespace Sparsum.Cli.Commands;

/// <summary>The part of <c>evaluate</c> that measures a classifier on a task.</summary>
internal sealed class TaskEvaluation
{
    private readonly Option<string?> task = OptionFactory.Text(
        "--task", TaskOptions.HelpName, "The task to measure a classifier on.");

    private readonly Option<string?> data = OptionFactory.Text(
        "--data", "DIR", "The folder of the task's files as they are published, or the one that holds all tasks.");

    private readonly Option<int> batchSize = OptionFactory.Integer("--batch-size", "N", "Examples of a task that go through the model together.", 32, 1);

    private readonly Option<int?> maxLength = OptionFactory.OptionalInteger(
        "--max-length", "N", "Most tokens of an example of a task; by default what is usual for it.", 3);

    public IEnumerable<Option> All => [task, data, batchSize, maxLength];

    /// <summary>The option that asks for this part.</summary>
    public Option Name => task;

    /// <summary>The folder of the files, of zero-shot tasks too.</summary>
    public Option<string?> Data => data;

    /// <summary>Examples that go through the model together, of zero-shot tasks too.</summary>
    public Option<int> BatchSize => batchSize;

    /// <summary>Most tokens of an example, of a task alone.</summary>
    public Option MaxLength => maxLength;

    public bool IsWanted(RunContext context) => context.IsGiven(task);

    /// <summary>Measures a model.</summary>
    /// <param name="context">The run.</param>
    /// <param name="folder">The model.</param>
    /// <param name="storage">How its weights are held.</param>
    public VerbResult Execute(RunContext context, string folder, StorageType storage)
    {
        var (glue, files) = TaskOptions.Read(context, task, data)!.Value;
        using var pretrained = GlueClassifier.OpenForEvaluation(folder, glue);
        context.WarnOf(pretrained);
        pretrained.RequireTrained();
        int length = Math.Min(context.Get(maxLength) ?? glue.Recipe.MaxLength, pretrained.Model.MaxPositions);
        if (context.Get(maxLength) > length)
        {
            context.Warn($"{maxLength.Name} is {context.Get(maxLength)}, and the model has {length} positions: examples are cut to these");
        }

        context.Progress.Report($"reading {glue.Name}");
        EncodedSplit[] splits =
        [
            .. glue.EvaluationSplits.Select(split => EncodedSplit.Create(
                GlueReader.Read(files, glue, split, context.CancellationToken), pretrained.Tokenizer, length, context.CancellationToken)),
        ];
        context.Progress.Report("loading the model");
        using var backend = context.CreateBackend();
        pretrained.LoadPacked(backend, storage, context.CancellationToken);
        var options = new GlueEvaluationOptions { BatchSize = context.Get(batchSize), PaddingToken = GlueClassifier.PaddingToken(pretrained) };
        int examples = splits.Sum(split => split.Texts.Count);
        var progress = new DirectProgress<int>(done => context.Progress.Report("evaluating", Math.Min(1, (double)done / examples)));
        long start = context.Time.GetTimestamp();
        var metrics = TaskRecord.Metrics(splits.Select(split => (
            split.Dataset.Split,
            GlueEvaluator.Run(backend, pretrained.Model, split, GlueClassifier.Mapping(pretrained, glue), options, progress, context.CancellationToken))).ToList());
        double seconds = context.Time.GetElapsedTime(start).TotalSeconds;
        var record = new JsonObject
        {
            ["task"] = glue.Name,
            ["metrics"] = metrics,
            ["examples"] = examples,
            ["secondsPerExample"] = seconds / examples,
        };
        return new VerbResult
        {
            Model = folder,
            EffectiveOptions = new JsonObject { ["maxLength"] = length },
            Results = record,
            Render = console => console.WriteFacts(
                ("task", glue.Name),
                ("quality", TaskRecord.Describe(metrics)),
                ("examples", Units.Count(examples)),
                ("time", FormattableString.Invariant($"{1000 * seconds / examples:F3} ms per example"))),
        };
    }
}
