using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Cards;
using Sparsum.Cli.Options;
using Sparsum.Cli.Pretraining;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Hub;
using Sparsum.Pruning.SparseTraining.Runs;

namespace Sparsum.Cli.Commands;

/// <summary><c>pretrain CONFIG -o OUT --data FILE</c>: a model from random weights.</summary>
internal sealed class PretrainVerb : Verb
{
    private readonly Argument<string> config = new("CONFIG")
    {
        Description = "A config.json of any architecture with a language-model head, or a folder with one.",
    };

    private readonly PretrainOptions options = new();

    public PretrainVerb(CommonOptions common)
        : base("pretrain", "Train a language model on text from random weights, with a tokenizer of its own if need be.")
    {
        Add(config);
        foreach (var option in options.All)
        {
            Add(option);
        }

        Add(HelpMethodsAction.OfTraining(common, "pretrain"));
    }

    public override VerbResult Execute(RunContext context)
    {
        var group = EngineOption.Join(context, options.Engine);
        var training = options.Read(context);
        var data = TextFile.Read(context.Hub.Text(DataUse.Calibration, context.Get(options.Data) ?? throw MissingData()));
        var validation = context.Get(options.Validation) is { } path ? TextFile.Read(path) : null;
        context.ResumeHint = "Run the same command with --resume to go on, or with --force to start again.";
        string target = context.Get(options.Output)!;
        using var board = options.Board.Open(context, context.Get(config), target);
        var reporter = new RunReporter(context, PretrainRecord.Epoch, PretrainRecord.Describe, board);
        using var backend = context.CreateBackend();
        VerbResult? described = null;
        var pretrainer = new Pretrainer(backend)
        {
            Logger = reporter,
            Clock = context.Time,
            Group = group,
            Completing = (folder, result) =>
            {
                if (context.Get(options.Continue))
                {
                    ModelCard.CopyOf(context.Get(config), folder);
                }

                context.Keep(described = Describe(context, result, data, validation), folder);
            },
        };
        pretrainer.Run(
            context.Get(config), data, training, target, validation, options.Existing.Read(context), reporter, context.CancellationToken);
        return !group.IsFirst ? VerbResult.OfAnother : described ?? FinishedRun.Read(context, context.Get(config), target);
    }

    private VerbResult Describe(RunContext context, PretrainingResult result, TextFile data, TextFile? validation)
    {
        string target = context.Get(options.Output)!;
        var record = PretrainRecord.Create(result, target);
        record["dataSha256"] = data.ComputeSha256();
        record["validationSha256"] = validation?.ComputeSha256();
        return new VerbResult
        {
            Model = context.Get(config),
            EffectiveOptions = new JsonObject { ["objective"] = result.Objective, ["sequenceLength"] = result.SequenceLength },
            Results = record,
            Card = ModelCard.Of(
                context,
                context.Get(config),
                "pretrained",
                [
                    ("method", $"{result.Method}, objective {result.Objective}"), .. SparseRecord.Facts(record),
                    ("protocol", FormattableString.Invariant(
                        $"{result.Steps} steps, {result.TokensSeen} tokens, sequences of {result.SequenceLength}, seed {context.Seed}, text {data.ComputeSha256()[..12]}…")),
                ]) with
            {
                BaseName = context.Get(options.Continue) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(context.Get(config))) : null,
                Tags = [result.Method],
                Quality = result.Validation is { } score ? FormattableString.Invariant(
                    $"perplexity {score.Perplexity:F2}, accuracy {score.Accuracy * 100:F1} %, on {score.Targets} targets of {result.ValidationSequences} sequences that were not trained on") : null,
            },
            Render = console => PretrainRecord.Render(console, record, target),
        };
    }

    private InvalidInputException MissingData() => new("missing-option", "There is no text to train on.")
    {
        File = options.Data.Name,
        Expected = "--data FILE",
        Hint = "Give a text file with --data.",
    };
}
