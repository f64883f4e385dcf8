using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>The part of <c>evaluate</c> that measures a model on a task.</summary>
internal sealed class TaskEvaluation
{
    private readonly Option<string?> task = OptionFactory.Text(
        "--task", TaskOptions.HelpName, "The task to measure a model on.");

    private readonly Option<string?> data = OptionFactory.Text(
        "--data",
        "DIR",
        "The folder of the task's files as they are published, or the one that holds all tasks; of summarization and translation also the file itself; \"hub\" takes those of other tasks from the hub.");

    private readonly Option<int> batchSize = OptionFactory.Integer("--batch-size", "N", "Examples of a task that go through the model together.", 32, 1);

    private readonly Option<int?> maxLength = OptionFactory.OptionalInteger(
        "--max-length", "N", "Most tokens of an example of a task; by default what is usual for it.", 3);

    private readonly TextPairEvaluation pairs = new();

    public IEnumerable<Option> All => [task, data, batchSize, maxLength, .. pairs.All];

    /// <summary>The option that asks for this part.</summary>
    public Option Name => task;

    /// <summary>The folder of the files, of zero-shot tasks too.</summary>
    public Option<string?> Data => data;

    /// <summary>Examples that go through the model together, of zero-shot tasks too.</summary>
    public Option<int> BatchSize => batchSize;

    /// <summary>Most tokens of an example, of a task alone.</summary>
    public Option MaxLength => maxLength;

    /// <summary>What tasks of text pairs take besides.</summary>
    public IEnumerable<Option> OfPairs => pairs.All;

    public bool IsWanted(RunContext context) => context.IsGiven(task);

    /// <summary>Measures a model.</summary>
    /// <param name="context">The run.</param>
    /// <param name="folder">The model.</param>
    /// <param name="storage">How its weights are held.</param>
    /// <param name="documents">Which of the pairs of texts.</param>
    /// <param name="details">Where to write every text of a task of pairs.</param>
    public VerbResult Execute(RunContext context, string folder, StorageType storage, Option<string?> documents, Option<string?> details)
    {
        string name = context.Get(task)!;
        if (pairs.Find(context, name) is { } pairTask)
        {
            return pairs.Execute(context, folder, pairTask, new TextPairInputs(
                context.Get(data) ?? throw TaskOptions.Missing(data, $"There are no files of {name}."),
                context.Get(documents),
                context.Get(details),
                context.Get(batchSize),
                context.Get(maxLength),
                storage));
        }

        context.RefuseIdle($"on the task '{name}'", "choose another task", documents, details);
        var (glue, files) = TaskOptions.Read(context, task, data)!.Value;
        using var pretrained = Open(folder, glue);
        context.WarnOf(pretrained);
        pretrained.RequireTrained();
        if (pretrained.Model is EncoderDecoderModel)
        {
            return ExecuteTexts(context, folder, pretrained, glue, files, storage);
        }

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
        return Describe(folder, glue, length, metrics, examples, context.Time.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Measures a model that writes its answers.</summary>
    private VerbResult ExecuteTexts(RunContext context, string folder, PretrainedModel pretrained, GlueTask glue, string files, StorageType storage)
    {
        int length = TextPairModel.Limit(pretrained, context.Get(maxLength) ?? glue.Recipe.MaxLength, context.IsGiven(maxLength), "max-length");
        context.Progress.Report($"reading {glue.Name}");
        GlueTextSplit[] splits =
        [
            .. glue.EvaluationSplits.Select(split => GlueTextSplit.Create(
                GlueReader.Read(files, glue, split, context.CancellationToken), pretrained, length, context.CancellationToken)),
        ];
        context.Progress.Report("loading the model");
        using var backend = context.CreateBackend();
        pretrained.LoadPacked(backend, storage, context.CancellationToken);
        int examples = splits.Sum(split => split.Sources.Count);
        var progress = new DirectProgress<int>(done => context.Progress.Report("writing", Math.Min(1, (double)done / examples)));
        long start = context.Time.GetTimestamp();
        var results = splits.Select(split => (Split: split.Dataset.Split, Result: split.Measure(
            backend, pretrained, (EncoderDecoderModel)pretrained.Model, context.Get(batchSize), progress, context.CancellationToken))).ToList();
        double seconds = context.Time.GetElapsedTime(start).TotalSeconds;
        var metrics = TaskRecord.Metrics(results.Select(result => (result.Split, result.Result.Scores)));
        metrics["unknownShare"] = (double)results.Sum(result => result.Result.Unknown) / examples;
        return Describe(folder, glue, length, metrics, examples, seconds);
    }

    private static PretrainedModel Open(string folder, GlueTask glue)
    {
        var pretrained = PretrainedModel.Open(folder);
        if (pretrained.Model is EncoderDecoderModel)
        {
            return pretrained;
        }

        pretrained.Dispose();
        return GlueClassifier.OpenForEvaluation(folder, glue);
    }

    private static VerbResult Describe(string folder, GlueTask glue, int length, JsonObject metrics, int examples, double seconds) => new()
    {
        Model = folder,
        EffectiveOptions = new JsonObject { ["maxLength"] = length },
        Results = new JsonObject
        {
            ["task"] = glue.Name,
            ["metrics"] = metrics,
            ["examples"] = examples,
            ["secondsPerExample"] = seconds / examples,
        },
        Render = console => console.WriteFacts(
            ("task", glue.Name),
            ("quality", TaskRecord.Describe(metrics)),
            ("examples", Units.Count(examples)),
            ("time", FormattableString.Invariant($"{1000 * seconds / examples:F3} ms per example"))),
    };
}
