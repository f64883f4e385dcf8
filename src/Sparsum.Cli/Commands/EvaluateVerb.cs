using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Evaluation.Texts;
using Sparsum.Hub;
using Sparsum.Transformers.Models;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary><c>evaluate MODEL</c>: measures quality, as perplexity or on a task.</summary>
internal sealed class EvaluateVerb : Verb
{
    private static readonly string[] Protocols =
    [
        "auto",
        .. Enum.GetValues<PerplexityProtocol>().Where(protocol => protocol != PerplexityProtocol.Ids).Select(PerplexityRecord.NameOf),
    ];

    private readonly ModelArgument model = new();

    private readonly Option<string?> perplexity = OptionFactory.Text(
        "--perplexity", "FILE", "Text to measure perplexity on: JSON lines or Parquet with a field \"text\", plain text, or ready input_ids; or a data set of the hub: wikitext2, ptb, c4.");

    private readonly Option<int?> window = OptionFactory.OptionalInteger(
        "--window", "N", "Tokens per window; by default what the model was made for, at most 2048.", 2);

    private readonly Option<string> protocol = OptionFactory.Choice(
        "--protocol",
        "How text becomes sequences: each document alone, all joined into one text, or tokenised alone and then concatenated; or as the "
        + "pruning papers score wikitext2, ptb and c4. By default documents where a file is divided into them, and joined for plain text.",
        "auto",
        Protocols);

    private readonly Option<int?> windows = OptionFactory.OptionalInteger(
        "--windows", "N", "Score only the first N windows, documents or rows.", 1);

    private readonly Option<string?> column = OptionFactory.Text(
        "--column", "NAME", "The field or column that holds the text; by default text, or sentence where there is none.");

    private readonly Option<string?> documents = DocumentRange.CreateOption();

    private readonly Option<bool> streaming = OptionFactory.Flag(
        "--streaming", "Hold one block of the model in memory at a time: slower, for models larger than memory.");

    private readonly Option<string> storage = StorageOption.Create();

    private readonly TaskEvaluation task = new();

    private readonly ZeroShotEvaluation zeroShot;

    public EvaluateVerb()
        : base("evaluate", "Measure the quality of a model.")
    {
        Add(model);
        Add(perplexity);
        Add(window);
        Add(protocol);
        Add(windows);
        Add(column);
        Add(documents);
        Add(streaming);
        Add(storage);
        zeroShot = new ZeroShotEvaluation(task.Data, documents, task.BatchSize);
        foreach (var option in task.All.Concat([zeroShot.Names, zeroShot.Details]))
        {
            Add(option);
        }
    }

    public override VerbResult Execute(RunContext context)
    {
        RefuseUnread(context);
        if (zeroShot.IsWanted(context) && !(task.IsWanted(context) && !context.IsGiven(zeroShot.Names)))
        {
            return zeroShot.Execute(context, context.Get(model), StorageOption.Read(context, storage));
        }

        if (task.IsWanted(context))
        {
            return task.Execute(context, context.Get(model), StorageOption.Read(context, storage), documents, zeroShot.Details);
        }

        string file = context.Get(perplexity) ?? throw new InvalidInputException("missing-option", "Nothing to evaluate was named.")
        {
            File = "--perplexity",
            Expected = "--perplexity FILE, --task NAME or --zero-shot NAMES",
            Hint = "Give a text file with --perplexity, or a task with --task or --zero-shot and --data.",
        };
        context.RefuseBoth("A streamed model is held block by block as it is stored.", storage, streaming);
        var (first, last) = DocumentRange.Parse(context.Get(documents));
        string rule = context.Get(protocol);
        if (rule == "auto" && HubInputs.FindText(DataUse.Perplexity, file) is { } set)
        {
            rule = set.Name;
            context.Tell($"'{file}' is scored as the papers do: {protocol.Name} {rule}");
        }

        var options = new PerplexityOptions
        {
            Protocol = Enum.TryParse<PerplexityProtocol>(rule, ignoreCase: true, out var chosen) ? chosen : null,
            Window = context.Get(window),
            FirstDocument = first,
            LastDocument = last,
            Sequences = context.Get(windows),
        };
        file = context.Hub.Text(DataUse.Perplexity, file);
        string folder = context.Get(model);
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
        pretrained.RequireTrained();
        var text = Tokenize(context, pretrained, file, options);
        var result = Measure(context, pretrained, text);
        return new VerbResult
        {
            Model = folder,
            EffectiveOptions = new JsonObject { ["window"] = result.Window, ["protocol"] = PerplexityRecord.NameOf(result.Protocol) },
            Results = PerplexityRecord.Create(result),
            Render = console => Render(console, result),
        };
    }

    /// <summary>One run measures one thing, and reads the options of that thing.</summary>
    private void RefuseUnread(RunContext context)
    {
        Option[] kinds = [zeroShot.Names, task.Name, perplexity];
        var kind = kinds.FirstOrDefault(context.IsGiven);
        foreach (var other in kinds.Where(other => kind is not null && other != kind))
        {
            context.RefuseBoth("One run measures one thing.", other, kind!);
        }

        Option[] ofText = [window, protocol, windows, column, streaming];
        Option[] unread = kind == zeroShot.Names ? [.. ofText, task.MaxLength, .. task.OfPairs]
            : kind == task.Name ? ofText
            : kind == perplexity ? [task.Data, task.BatchSize, task.MaxLength, zeroShot.Details, .. task.OfPairs]
            : [];
        context.RefuseIdle($"with {kind?.Name}", null, unread);
    }

    private TokenizedText Tokenize(RunContext context, PretrainedModel pretrained, string file, PerplexityOptions options)
    {
        int positions = pretrained.Model.MaxPositions;
        string? field = context.Get(column);
        if (!TokenIdFile.Holds(file))
        {
            return TokenizedText.Create(
                TextFile.Read(file, field, options.DocumentLimit), pretrained.Tokenizer, positions, options, context.CancellationToken);
        }

        return field is null
            ? TokenizedText.Create(TokenIdFile.Read(file), positions, options)
            : throw new InvalidInputException("conflicting-options", "Ready token ids have no column of text.")
            {
                File = column.Name,
                Found = $"{column.Name} with '{file}'",
                Hint = "Leave the option out.",
            };
    }

    private PerplexityResult Measure(RunContext context, PretrainedModel pretrained, TokenizedText text)
    {
        var progress = new DirectProgress<PerplexityProgress>(state =>
            context.Progress.Report("evaluating", (double)state.Completed / state.Total));
        using var backend = context.CreateBackend();
        if (context.Get(streaming))
        {
            return PerplexityEvaluator.MeasureStreaming(pretrained, text, backend, progress, context.CancellationToken);
        }

        context.Progress.Report("loading the model");
        pretrained.LoadPacked(backend, StorageOption.Read(context, storage), context.CancellationToken);
        return PerplexityEvaluator.Measure(pretrained.LanguageModel, text, backend, progress, context.CancellationToken);
    }

    private static void Render(IAnsiConsole console, PerplexityResult result) => console.WriteFacts(
        ("perplexity", Units.Number(result.Perplexity, 4)),
        ("protocol", result.Description),
        ("tokens", Units.Count(result.Tokens)),
        ("data", $"sha256 {result.DataSha256}"));
}
