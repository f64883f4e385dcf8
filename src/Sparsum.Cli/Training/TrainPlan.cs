using Sparsum.Cli.Commands;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Training;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Training;

/// <summary>Everything that a command line asks of a run, read and checked before anything is written.</summary>
/// <param name="Model">The model folder.</param>
/// <param name="Task">The task.</param>
/// <param name="Folder">The folder of its files.</param>
/// <param name="Data">Its examples.</param>
/// <param name="Trainer">How to train, apart from where checkpoints are.</param>
/// <param name="Sparse">What makes the model sparse.</param>
/// <param name="FreshHead">Whether the classifier is drawn anew in any case.</param>
/// <param name="MaxLength">Most tokens of an example.</param>
internal sealed record TrainPlan(
    string Model,
    GlueTask Task,
    string Folder,
    TaskData Data,
    TrainerOptions Trainer,
    TrainSession.SparseRun Sparse,
    bool FreshHead,
    int MaxLength)
{
    /// <summary>Reads options, model configuration and data.</summary>
    /// <exception cref="InvalidInputException">Something does not fit.</exception>
    public static TrainPlan Create(RunContext context, string model, TrainOptions options)
    {
        var (task, folder) = options.ReadTask(context);
        var sparse = new TrainSession.SparseRun(
            options.Sparse.ReadMethod(context), options.Sparse.ReadTargets(context), options.Sparse.ReadSettings(context, "train"));
        bool freshHead = context.Get(options.FreshHead);
        using var pretrained = TaskModel.OpenForTraining(model, task, freshHead, context.Seed);
        int maxLength = Math.Min(context.Get(options.MaxLength) ?? task.Recipe.MaxLength, pretrained.Model.MaxPositions);
        var data = TaskData.Read(
            context,
            pretrained,
            task,
            folder,
            context.Get(options.BatchSize) ?? task.Recipe.BatchSize,
            maxLength,
            context.Get(options.MaxExamples));
        var trainer = options.CreateTrainerOptions(context, task.Recipe, data.Training.BatchesPerEpoch, null);
        return new TrainPlan(model, task, folder, data, trainer, sparse, freshHead, maxLength);
    }

    /// <summary>The model with its weights, as it was before the run.</summary>
    public PretrainedModel Open(RunContext context)
    {
        context.Progress.Report("loading the model");
        var pretrained = TaskModel.OpenForTraining(Model, Task, FreshHead, context.Seed);
        context.WarnOf(pretrained);
        pretrained.LoadAll(context.CancellationToken);
        return pretrained;
    }
}
