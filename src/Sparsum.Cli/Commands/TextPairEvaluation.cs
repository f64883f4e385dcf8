using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Evaluation.Metrics.Text;
using Sparsum.Evaluation.TextPairs;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>The part of <c>evaluate</c> that lets a model write summaries or translations and compares them with the true ones.</summary>
internal sealed class TextPairEvaluation
{
    private readonly Option<string> split = OptionFactory.Choice(
        "--split", "summarization, translation: the split to measure on.", "validation", "validation", "test", "train");

    /// <summary>The options of the task itself.</summary>
    public PairOptions Pairs { get; } = new();

    public IEnumerable<Option> All => [.. Pairs.All, split];

    /// <summary>The task of a name; null where it is another kind of task.</summary>
    /// <exception cref="InvalidInputException">An option is missing, or belongs to another task.</exception>
    public TextPairTask? Find(RunContext context, string name)
    {
        var found = Pairs.Find(context, name);
        return found is not null || !context.IsGiven(split) ? found : throw new InvalidInputException(
            "unused-option", $"{split.Name} would have no effect on the task '{name}'.")
        {
            File = split.Name,
            Found = $"{split.Name} with {name}",
            Hint = "Leave it out.",
        };
    }

    /// <summary>Measures a model.</summary>
    /// <param name="context">The run.</param>
    /// <param name="folder">The model.</param>
    /// <param name="task">The task.</param>
    /// <param name="inputs">The files, which of the pairs, and how they are worked on.</param>
    public VerbResult Execute(RunContext context, string folder, TextPairTask task, TextPairInputs inputs)
    {
        using var pretrained = TextPairModel.Open(folder, task);
        context.WarnOf(pretrained);
        var generation = Pairs.Generation(context, folder);
        var encoding = new PairEncodingOptions
        {
            Prefix = Pairs.Prefix(context) ?? TextPairModel.Prefix(pretrained, task),
            MaxSourceLength = Limit(inputs.MaxLength, task.Recipe.MaxSourceLength, "max-length"),
            MaxTargetLength = Limit(Pairs.MaxTargetLength(context), task.Recipe.MaxTargetLength, "max-target-length"),
        };
        WarnOfPrefix(context, folder, task, encoding.Prefix);
        context.Progress.Report($"reading {task.Name}");
        var set = TextPairReader.Read(
            inputs.Data, task, Enum.Parse<TextPairSplit>(context.Get(split), ignoreCase: true), context.CancellationToken);
        var pairs = EncodedPairs.Create(
            set with { Pairs = Choose(set, inputs.Documents) }, pretrained, encoding, context.CancellationToken);
        foreach (string warning in pairs.Warnings)
        {
            context.Warn(warning);
        }

        context.Progress.Report("loading the model");
        using var backend = context.CreateBackend();
        pretrained.LoadPacked(backend, inputs.Storage, context.CancellationToken);
        var model = (EncoderDecoderModel)pretrained.Model;
        long start = context.Time.GetTimestamp();
        var texts = TextPairEvaluator.Generate(
            backend,
            model,
            pretrained.Tokenizer,
            pairs.Sources,
            generation with { MaxNewTokens = encoding.MaxTargetLength, MaxLength = null },
            inputs.BatchSize,
            new DirectProgress<int>(done => context.Progress.Report("writing", (double)done / pairs.Sources.Count)),
            context.CancellationToken);
        double seconds = context.Time.GetElapsedTime(start).TotalSeconds;
        var metrics = TaskRecord.Metrics(TextPairEvaluator.Score(task, texts, [.. pairs.Set.Pairs.Select(pair => pair.Target)]));
        metrics["loss"] = TextPairEvaluator.Loss(
            backend, model, pairs, inputs.BatchSize, GlueClassifier.PaddingToken(pretrained), context.CancellationToken);
        if (inputs.Details is { } target)
        {
            AtomicFile.WriteAllText(target, Lines(pairs.Set.Pairs, texts));
        }

        var record = new JsonObject
        {
            ["task"] = task.Name,
            ["metrics"] = metrics,
            ["examples"] = texts.Count,
            ["secondsPerExample"] = seconds / texts.Count,
            ["files"] = JsonText.Array(set.Files, file => Path.GetFileName(file)),
            ["cutSources"] = pairs.CutSources,
            ["cutTargets"] = pairs.CutTargets,
            ["numBeams"] = generation.NumBeams,
            ["signature"] = task.IsTranslation
                ? $"{new BleuOptions().Signature(1)}|version:sparsum-{SparsumCommand.Version}"
                : $"stemmed|mean of F-measures|sentences by rule|references uncut|version:sparsum-{SparsumCommand.Version}",
        };
        return new VerbResult
        {
            Model = folder,
            EffectiveOptions = new JsonObject
            {
                ["maxLength"] = encoding.MaxSourceLength,
                ["maxTargetLength"] = encoding.MaxTargetLength,
                ["prefix"] = encoding.Prefix,
            },
            Results = record,
            Render = console => console.WriteFacts(
                ("task", task.Name),
                ("quality", TaskRecord.Describe(metrics)),
                ("examples", Units.Count(texts.Count)),
                ("time", FormattableString.Invariant($"{seconds / texts.Count:F3} s per text"))),
        };

        int Limit(int? asked, int usual, string option) => TextPairModel.Limit(pretrained, asked ?? usual, asked is not null, option);
    }

    /// <summary>A model that was trained with other words in front of its sources is measured on what it never saw.</summary>
    private static void WarnOfPrefix(RunContext context, string folder, TextPairTask task, string prefix)
    {
        var earlier = ReadRecord(Path.Combine(folder, RunFolder.DocumentName));
        string? trained = earlier?["options"]?["prefix"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        if (earlier?["task"]?.ToString() == task.Name && trained is not null && trained != prefix)
        {
            context.Warn($"the model was trained with '{trained}' in front of every source, and is measured with '{prefix}'; `prefix` says which");
        }
    }

    /// <summary>A file of that name that is no record of ours says nothing about the model.</summary>
    private static JsonObject? ReadRecord(string file)
    {
        try
        {
            return File.Exists(file) ? StrictJson.ReadNode(file) as JsonObject : null;
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    private static IReadOnlyList<TextPair> Choose(TextPairSet set, string? range)
    {
        var (first, last) = DocumentRange.Parse(range);
        var chosen = set.Pairs.Skip(first).Take((last ?? int.MaxValue - 1) - first + 1).ToList();
        return chosen.Count > 0 ? chosen : throw OptionFactory.Invalid(
            "--documents", range, $"documents of 0..{set.Pairs.Count - 1}", "The first one counts as 0.");
    }

    private static string Lines(IReadOnlyList<TextPair> pairs, IReadOnlyList<string> texts)
    {
        var lines = new StringBuilder();
        foreach (var (pair, text) in pairs.Zip(texts))
        {
            var line = new JsonObject { ["source"] = pair.Source, ["reference"] = pair.Target, ["text"] = text };
            lines.Append(line.ToJsonString()).Append('\n');
        }

        return lines.ToString();
    }
}

/// <summary>What <see cref="TextPairEvaluation"/> measures on, and how.</summary>
/// <param name="Data">The folder or file.</param>
/// <param name="Documents">Which of the pairs, as <c>A..B</c>; null takes all.</param>
/// <param name="Details">Where to write every text; null writes none.</param>
/// <param name="BatchSize">Texts that are worked on together.</param>
/// <param name="MaxLength">Most tokens of a source; null for what is usual.</param>
/// <param name="Storage">How weights are held.</param>
internal sealed record TextPairInputs(string Data, string? Documents, string? Details, int BatchSize, int? MaxLength, StorageType Storage);
