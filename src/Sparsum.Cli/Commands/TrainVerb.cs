using System.Text.Json.Nodes;
using Sparsum.Cli.Cards;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Cli.Verdicts;
using Sparsum.Pruning.SparseTraining.Runs;

namespace Sparsum.Cli.Commands;

/// <summary><c>train MODEL -o OUT --task NAME --data DIR</c>: fine-tuning, dense or sparse.</summary>
internal sealed class TrainVerb : Verb
{
    private readonly ModelArgument model = new();

    private readonly TrainOptions options = new();

    public TrainVerb(CommonOptions common)
        : base("train", "Fine-tune a model on a task, dense or sparse.")
    {
        Add(model);
        foreach (var option in options.All)
        {
            Add(option);
        }

        Add(HelpMethodsAction.OfTraining(common, "train"));
    }

    public override VerbResult Execute(RunContext context)
    {
        var group = EngineOption.Join(context, options.Engine);
        var task = options.ReadTask(context, context.Get(model));
        var training = options.Read(context);
        context.ResumeHint = "Run the same command with --resume to go on, or with --force to start again.";
        string target = context.Get(options.Output)!;
        using var board = options.Board.Open(context, context.Get(model), target);
        var reporter = new RunReporter(context, EvaluationRecord.Of, TrainRecord.Describe, board);
        using var backend = context.CreateBackend();
        VerbResult? described = null;
        var trainer = new SparseTrainer(backend)
        {
            Logger = reporter,
            Clock = context.Time,
            Group = group,
            Completing = (path, result) =>
            {
                var rounding = SavedTypeOption.Apply(context, options.DataType, path);
                described = SavedTypeOption.AddTo(Describe(context, task, result), rounding);
                if (rounding is not null)
                {
                    described = described with { Card = described.Card! with { Quality = described.Card.Quality + ", before the weights were rounded" } };
                }

                context.Keep(described, path);
            },
        };
        trainer.Run(
            context.Get(model), task, training, target, options.Existing.Read(context), reporter, context.CancellationToken);
        return !group.IsFirst ? VerbResult.OfAnother : described ?? FinishedRun.Read(context, context.Get(model), target);
    }

    private static string Protocol(RunContext context, SparseTrainingResult result, JsonObject settled) =>
        string.Join(", ", settled.Where(setting => setting.Value is not null).Select(setting => $"{setting.Key} {setting.Value}"))
        + FormattableString.Invariant($", {result.Steps} steps, {result.TrainingExamples} examples, seed {context.Seed}, data {result.DataFingerprint[..12]}…");

    private static VerdictRequest Judged(SparseTrainingResult result, string target) => new()
    {
        Output = target,
        BeforeName = "the same model with nothing removed",
        HeldOutSource = "",
        Score = new JsonObject
        {
            ["metric"] = "score",
            ["now"] = JsonText.Number(result.Score),
            ["metrics"] = TaskRecord.Metrics(result.Metrics),
            ["examples"] = result.Examples,
            ["data"] = $"the examples of {result.Task} that are kept back for evaluation",
        },
        IsSparse = result.Sparsity.Blocks.Average(block => block.Sparsity) >= VerdictWords.LeastShare,
    };

    private VerbResult Describe(RunContext context, ITrainingTask task, SparseTrainingResult result)
    {
        string target = context.Get(options.Output)!;
        var document = TrainRecord.Create(result, target);
        var settled = new JsonObject
        {
            ["epochs"] = result.Options.Epochs,
            ["batchSize"] = result.Options.BatchSize is int.MaxValue ? null : result.Options.BatchSize,
            ["learningRate"] = result.Options.LearningRate,
            ["maxLength"] = result.Options.MaxLength,
        };
        if (task is TextPairTraining { Encoding: { } encoding })
        {
            settled["maxTargetLength"] = encoding.MaxTargetLength;
            settled["prefix"] = encoding.Prefix;
        }

        return new VerbResult
        {
            Model = context.Get(model),
            EffectiveOptions = settled,
            Results = document,
            Card = ModelCard.Of(
                context,
                context.Get(model),
                $"trained on {result.Task}",
                [("method", result.Method), ("task", result.Task), .. SparseRecord.Facts(document), ("protocol", Protocol(context, result, settled))]) with
            {
                Tags = [result.Method, result.Task],
                Pipeline = task is TextPairTraining ? result.Task : null,
                HasNewTask = true,
                Quality = $"{TaskRecord.Describe(document["metrics"]!.AsObject())}, on {Units.Count(result.Examples)} examples that were not trained on",
            },
            Verdict = VerdictRequest.IsWanted(context, options.Verdict) ? Judged(result, target) : null,
            Render = console => TrainRecord.Render(console, document, target),
        };
    }
}
