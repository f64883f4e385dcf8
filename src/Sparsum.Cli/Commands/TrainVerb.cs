using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;

namespace Sparsum.Cli.Commands;

/// <summary><c>train MODEL -o OUT --task NAME --data DIR</c>: fine-tuning, dense or sparse.</summary>
internal sealed class TrainVerb : Verb
{
    private readonly Argument<string> model = ModelArgument.Create();

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
        var plan = TrainPlan.Create(context, context.Get(model), options);
        using var backend = context.CreateBackend();
        using var run = new TrainRun(context, backend, plan, options);
        string target = context.Get(options.Output)!;
        var document = run.Execute(target);
        return new VerbResult
        {
            Model = plan.Model,
            RunFolder = target,
            EffectiveOptions = new JsonObject
            {
                ["epochs"] = plan.Trainer.Epochs,
                ["batchSize"] = plan.Data.Training.Options.BatchSize,
                ["learningRate"] = plan.Trainer.LearningRate,
                ["maxLength"] = plan.MaxLength,
            },
            Results = document,
            Render = console => TrainRecord.Render(console, document, target),
        };
    }
}
