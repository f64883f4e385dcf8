using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
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
            Completing = (path, result) => context.Keep(described = Describe(context, task, result), path),
        };
        trainer.Run(
            context.Get(model), task, training, target, options.Existing.Read(context), reporter, context.CancellationToken);
        return described ?? FinishedRun.Read(context, context.Get(model), target);
    }

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
            Render = console => TrainRecord.Render(console, document, target),
        };
    }
}
