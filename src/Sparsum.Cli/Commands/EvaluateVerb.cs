using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Datasets;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Transformers.Models;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary><c>evaluate MODEL</c>: measures quality, as perplexity or on a task.</summary>
internal sealed class EvaluateVerb : Verb
{
    private static readonly string[] Protocols = ["auto", .. Enum.GetNames<PerplexityProtocol>().Select(name => name.ToLowerInvariant())];

    private readonly Argument<string> model = ModelArgument.Create();

    private readonly Option<string?> perplexity = OptionFactory.Text(
        "--perplexity", "FILE", "Text to measure perplexity on: JSON lines with a field \"text\", or plain text.");

    private readonly Option<int?> window = OptionFactory.OptionalInteger(
        "--window", "N", "Tokens per window; by default what the model was made for, at most 2048.", 2);

    private readonly Option<string> protocol = OptionFactory.Choice(
        "--protocol",
        "How text becomes sequences: each document alone, all joined into one text, or tokenised alone and then concatenated. "
        + "By default documents for JSON lines and joined for plain text.",
        "auto",
        Protocols);

    private readonly Option<string?> documents = DocumentRange.CreateOption();

    private readonly Option<bool> streaming = OptionFactory.Flag(
        "--streaming", "Hold one block of the model in memory at a time: slower, for models larger than memory.");

    private readonly Option<string> storage = StorageOption.Create();

    private readonly TaskEvaluation task = new();

    public EvaluateVerb()
        : base("evaluate", "Measure the quality of a model.")
    {
        Add(model);
        Add(perplexity);
        Add(window);
        Add(protocol);
        Add(documents);
        Add(streaming);
        Add(storage);
        foreach (var option in task.All)
        {
            Add(option);
        }
    }

    public override VerbResult Execute(RunContext context)
    {
        if (task.IsWanted(context))
        {
            return task.Execute(context, context.Get(model), StorageOption.Read(context, storage), context.IsGiven(perplexity) ? perplexity : null);
        }

        string file = context.Get(perplexity) ?? throw new InvalidInputException("missing-option", "Nothing to evaluate was named.")
        {
            File = "--perplexity",
            Expected = "--perplexity FILE or --task NAME",
            Hint = "Give a text file with --perplexity, or a task with --task and --data.",
        };
        if (context.Get(streaming) && context.IsGiven(storage))
        {
            throw new InvalidInputException("conflicting-options", "A streamed model is held block by block as it is stored.")
            {
                File = storage.Name,
                Found = $"{storage.Name} together with {streaming.Name}",
                Hint = "Leave out one of the two.",
            };
        }

        var (first, last) = DocumentRange.Parse(context.Get(documents));
        var options = new PerplexityOptions
        {
            Protocol = Enum.TryParse<PerplexityProtocol>(context.Get(protocol), ignoreCase: true, out var chosen) ? chosen : null,
            Window = context.Get(window),
            FirstDocument = first,
            LastDocument = last,
        };
        string folder = context.Get(model);
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
        pretrained.RequireTrained();
        var text = TokenizedText.Create(
            TextFile.Read(file), pretrained.Tokenizer, pretrained.Model.MaxPositions, options, context.CancellationToken);
        var result = Measure(context, pretrained, text);
        return new VerbResult
        {
            Model = folder,
            EffectiveOptions = new JsonObject { ["window"] = result.Window, ["protocol"] = PerplexityRecord.NameOf(result.Protocol) },
            Results = PerplexityRecord.Create(result),
            Render = console => Render(console, result),
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
