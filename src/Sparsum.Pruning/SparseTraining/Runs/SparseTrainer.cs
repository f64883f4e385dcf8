using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// Fine-tunes a model folder on a task into another folder, made sparse by any <see cref="ISparseMethod"/>. A run that is cancelled or killed
/// goes on from its last checkpoint and gives the same bytes; the output appears when it is complete.
/// </summary>
/// <param name="backend">What computes; it stays the caller's.</param>
/// <example><code>
/// using var backend = new CpuBackend();
/// var task = new GlueTraining(GlueTasks.Find("sst2")!, "glue");
/// var options = new SparseTrainingOptions { Method = new NeuroPruneMethod(new NeuroPruneOptions { Alpha = 0.01, Beta = 0.01 }) };
/// var result = new SparseTrainer(backend).Run("bert-base-uncased", task, options, "sparse-bert");
/// </code></example>
public sealed class SparseTrainer(IBackend backend)
{
    /// <summary>Where warnings and milestones go.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>What seconds are measured by; null measures none.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>
    /// The processes that train together: each takes its share of every batch, and the first writes and measures. The result is that of one process up
    /// to the rounding of sums; a run that was interrupted can be resumed by any number of processes.
    /// </summary>
    public ProcessGroup Group { get; init; } = ProcessGroup.Single;

    /// <summary>
    /// Called once the model is written and before it is published: adds files that belong to the result, by the folder that it is given.
    /// </summary>
    public Action<string, SparseTrainingResult>? Completing { get; init; }

    /// <summary>Trains.</summary>
    /// <param name="model">A model folder in Hugging Face layout; it is only read.</param>
    /// <param name="task">What to train it on.</param>
    /// <param name="options">How, and what makes it sparse.</param>
    /// <param name="output">The folder to create; until it is complete the work lies in <c>OUTPUT.partial</c>.</param>
    /// <param name="existing">What to do with an output or an unfinished run that is there.</param>
    /// <param name="progress">Told of every phase, step and epoch.</param>
    /// <param name="cancellationToken">Stops between steps; a checkpoint is written, from which the run can go on.</param>
    /// <returns>What it came to; null where a finished run was to go on, which needs nothing more.</returns>
    /// <exception cref="InvalidInputException">Model, data, options or folders are wrong, or a resumed run was another one.</exception>
    /// <exception cref="RunFailedException">A loss is not finite, or the output cannot be written; the last checkpoint is as it was.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public SparseTrainingResult? Run(
        string model,
        ITrainingTask task,
        SparseTrainingOptions options,
        string output,
        ExistingOutput existing = ExistingOutput.Refuse,
        IProgress<RunProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        bool isLengthAsked = options.MaxLength is not null;
        options = options.Complete(task);
        progress?.Report(new RunProgress(RunPhase.Reading));
        ITaskData data;
        using (var opened = task.Open(model, options.FreshHead, options.Seed))
        {
            foreach (string warning in opened.Warnings)
            {
                RunLog.Warning(Logger, warning);
            }

            int length = task.LengthFor(opened, options.MaxLength!.Value, isLengthAsked);
            if (options.MaxLength > length && isLengthAsked)
            {
                RunLog.Warning(Logger, $"`max-length` is {options.MaxLength}, and the model has {length} positions: examples are cut to these");
            }

            options = options with { MaxLength = length };
            data = task.Read(
                opened,
                new TaskRequest(options.BatchSize!.Value, options.MaxLength.Value, options.MaxExamples, options.Seed),
                cancellationToken);
            foreach (string warning in data.Warnings)
            {
                RunLog.Warning(Logger, warning);
            }
        }

        using var folder = SharedFolder.Open(Group, output, [model, .. task.Inputs], existing, RecordedRun.CheckpointName);
        if (folder.IsFinished)
        {
            return null;
        }

        folder.Begin();
        PretrainedModel? pretrained = null;
        var setup = new RunSetup
        {
            Backend = backend,
            Group = Group,
            Options = options,
            Trainer = options.ToTrainer(
                options.Epochs!.Value, options.LearningRate!.Value, options.Epochs.Value * (long)data.Training.BatchesPerEpoch),
            Data = data.Training,
            Open = () =>
            {
                progress?.Report(new RunProgress(RunPhase.Loading));
                pretrained = task.Open(model, options.FreshHead, options.Seed);
                try
                {
                    pretrained.LoadAll(cancellationToken);
                    return (pretrained.Model, pretrained);
                }
                catch
                {
                    pretrained.Dispose();
                    throw;
                }
            },
            Measure = current =>
            {
                var scores = data.Score(backend, current, CancellationToken.None);
                return (scores.Values, scores.Combined);
            },
            Task = task.Name,
            EvaluationSteps = options.EvaluationSteps,
            KeepsBest = options.KeepsBest,
            Logger = Logger,
            Progress = progress,
            Clock = Clock,
        };
        using var run = new RecordedRun(setup, folder);
        RunLog.Start(Logger, task.Name, options.Method.Name, run.Trainer.Schedule.TotalSteps, output);
        int? bestStep = run.Train(cancellationToken);
        var finish = run.Finish(cancellationToken);
        progress?.Report(new RunProgress(RunPhase.Evaluating));
        var result = new SparseTrainingResult
        {
            Task = task.Name,
            Options = options,
            Method = options.Method.Name,
            Settings = options.Method.Settings,
            TargetSparsity = options.Targets.Sparsity,
            Metrics = SharedMeasures.Of(Group, () => (data.Measure(backend, run.Model, cancellationToken), null)).Metrics,
            Examples = data.EvaluationExamples,
            DataFingerprint = data.Training.Fingerprint,
            BestStep = options.KeepsBest ? bestStep : null,
            Sparsity = SparsityReport.Of(run.Model, run.Sparsifier, finish, options.Targets.Sparsity),
            History = run.History,
            Steps = run.Trainer.Schedule.TotalSteps,
            TrainingExamples = data.Training.Examples.Count,
            Budget = run.Budget,
            ReachableShare = run.ReachableShare,
            Warnings = run.Warnings,
        };
        if (folder.IsOwner)
        {
            progress?.Report(new RunProgress(RunPhase.Writing));
            ModelFiles.Copy(pretrained!.Folder, folder.Output);
            TrainedModelFolder.Write(folder.Output, pretrained.Architecture, pretrained.ModelConfig, run.Model, run.Sparsifier, TensorDataType.F32, cancellationToken);
            Completing?.Invoke(folder.Output, result);
        }

        folder.Publish();
        return result;
    }
}
