using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Tensors;
using Sparsum.Training;
using Sparsum.Training.Pretraining;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// Trains a language model on text into a folder, from random weights or further, made sparse by any <see cref="ISparseMethod"/> if that is
/// wanted. A run that is cancelled or killed goes on from its last checkpoint and gives the same bytes.
/// </summary>
/// <param name="backend">What computes; it stays the caller's.</param>
/// <example><code>
/// using var backend = new CpuBackend();
/// var options = new PretrainingOptions { TokenizerTrainer = TokenizerTrainers.All[0], Epochs = 3 };
/// var result = new Pretrainer(backend).Run("config.json", TextFile.Read("book.txt"), options, "my-model");
/// </code></example>
public sealed class Pretrainer(IBackend backend)
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
    public Action<string, PretrainingResult>? Completing { get; init; }

    /// <summary>Trains.</summary>
    /// <param name="config">A <c>config.json</c> of any architecture with a language-model head, or a folder with one.</param>
    /// <param name="data">The text to train on.</param>
    /// <param name="options">How, and what makes the model sparse.</param>
    /// <param name="output">The folder to create; until it is complete the work lies in <c>OUTPUT.partial</c>.</param>
    /// <param name="validation">Text to validate on after every epoch; null keeps back what the options say.</param>
    /// <param name="existing">What to do with an output or an unfinished run that is there.</param>
    /// <param name="progress">Told of every phase, step and epoch.</param>
    /// <param name="cancellationToken">Stops between steps; a checkpoint is written, from which the run can go on.</param>
    /// <returns>What it came to; null where a finished run was to go on, which needs nothing more.</returns>
    /// <exception cref="InvalidInputException">Configuration, text, options or folders are wrong, or a resumed run was another one.</exception>
    /// <exception cref="RunFailedException">A loss is not finite, or the output cannot be written; the last checkpoint is as it was.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public PretrainingResult? Run(
        string config,
        TextFile data,
        PretrainingOptions options,
        string output,
        TextFile? validation = null,
        ExistingOutput existing = ExistingOutput.Refuse,
        IProgress<RunProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        var file = ConfigFile.Read(config);
        var objective = PretrainingObjective.Find(file.Architecture, options.Objective);
        using var folder = SharedFolder.Open(
            Group, output, [file.Path, data.Path, validation?.Path, options.Tokenizer], existing, RecordedRun.CheckpointName);
        if (folder.IsFinished)
        {
            return null;
        }

        folder.Begin();
        var tokenizer = FindTokenizer(FolderOf(config, file), data, options, folder.Output, progress, cancellationToken);
        var modelConfig = PretrainingConfig.Fit(file, objective.Task, tokenizer.Tokenizer, tokenizer.IsLearned);
        var (model, owner) = Open(file, modelConfig, objective, options, progress, cancellationToken);
        using var ownership = owner;
        int length = options.LengthFor(model.MaxPositions);
        progress?.Report(new RunProgress(RunPhase.Reading));
        var textOptions = new PretrainingTextOptions
        {
            SequenceLength = length,
            BatchSize = options.BatchSize,
            ValidationShare = options.ValidationShare,
            Seed = options.Seed,
        };
        var text = PretrainingText.Create(
            objective, tokenizer.Tokenizer, data.Documents, validation?.Documents, textOptions, cancellationToken);
        LanguageModelScore? score = null;
        var setup = new RunSetup
        {
            Backend = backend,
            Group = Group,
            Options = options,
            Trainer = TrainerOptionsFor(options, text.Training.BatchesPerEpoch),
            Data = text.Training,
            Open = () => (model, null),
            Measure = current =>
            {
                score = text.Validation.Count == 0 ? null : LanguageModelScorer.Run(backend, current, text.Validation, CancellationToken.None);
                return (Metrics(score), null);
            },
            Logger = Logger,
            Progress = progress,
            Clock = Clock,
        };
        using var run = new RecordedRun(setup, folder);
        RunLog.Start(Logger, objective.Name, options.Method.Name, run.Trainer.Schedule.TotalSteps, output);
        run.Train(cancellationToken);
        var finish = run.Finish(cancellationToken);
        progress?.Report(new RunProgress(RunPhase.Evaluating));
        SharedMeasures.Of(Group, () => setup.Measure(model));
        var result = new PretrainingResult
        {
            Objective = objective.Name,
            SequenceLength = length,
            Method = options.Method.Name,
            Settings = options.Method.Settings,
            TargetSparsity = options.Targets.Sparsity,
            Parameters = model.Parameters.Sum(parameter => Tensor.CountElements(parameter.Shape)),
            TokensPerEpoch = text.TrainingTokens,
            TokensSeen = TokensSeen(run.Trainer, text),
            ValidationSequences = text.Validation.Count,
            Validation = score,
            Tokenizer = tokenizer.Origin,
            Sparsity = SparsityReport.Of(model, run.Sparsifier, finish, options.Targets.Sparsity),
            History = run.History,
            Steps = run.Trainer.Optimizer.StepCount,
            TrainingExamples = text.Training.Examples.Count,
            Budget = run.Budget,
            ReachableShare = run.ReachableShare,
            Warnings = run.Warnings,
        };
        if (folder.IsOwner)
        {
            progress?.Report(new RunProgress(RunPhase.Writing));
            TrainedModelFolder.Write(folder.Output, file.Architecture, modelConfig, model, run.Sparsifier, options.SavedType, cancellationToken);
            Completing?.Invoke(folder.Output, result);
        }

        folder.Publish();
        return result;
    }

    /// <summary>The folder of a configuration as it was named, which is what records say: not where it is on one machine.</summary>
    private static string FolderOf(string config, ConfigFile file) =>
        file.Path != Path.GetFullPath(config) ? config
        : Path.GetDirectoryName(config) is { Length: > 0 } folder ? folder
        : ".";

    private static PretrainTokenizer FindTokenizer(
        string configFolder, TextFile data, PretrainingOptions options, string folder, IProgress<RunProgress>? progress, CancellationToken cancellationToken)
    {
        if (options.TokenizerTrainer is not { } trainer)
        {
            return PretrainTokenizer.Copy(options.Tokenizer ?? configFolder, folder);
        }

        progress?.Report(new RunProgress(RunPhase.LearningTokenizer));
        return PretrainTokenizer.Learn(
            trainer, data.Documents, new TokenizerTrainingOptions { VocabularySize = options.VocabularySize }, folder, cancellationToken);
    }

    private static (TransformerModel Model, IDisposable Owner) Open(
        ConfigFile file,
        ModelConfig modelConfig,
        PretrainingObjective objective,
        PretrainingOptions options,
        IProgress<RunProgress>? progress,
        CancellationToken cancellationToken)
    {
        progress?.Report(new RunProgress(RunPhase.Loading));
        if (options.ContinuesWeights)
        {
            var trained = PretrainedModel.Open(
                Path.GetDirectoryName(file.Path)!, new HeadOptions { Task = objective.Task, Seed = options.Seed });
            trained.LoadAll(cancellationToken);
            return (trained.Model, trained);
        }

        var fresh = file.Create(modelConfig, options.Seed);
        if (options.SinusoidalPositions)
        {
            if (fresh.PositionEmbedding is null)
            {
                fresh.Dispose();
                throw new InvalidInputException("unused-option", "First values of positions would have no effect: the model learns no positions.")
                {
                    Option = "positions",
                    Found = $"`positions sinusoidal` with {file.Architecture.ModelType}",
                    Hint = "Leave it out.",
                };
            }

            SinusoidalPositions.Fill(fresh, modelConfig.InitializerStd());
        }

        return (fresh, fresh);
    }

    private static TrainerOptions TrainerOptionsFor(PretrainingOptions options, int batchesPerEpoch)
    {
        int epochs = options.Steps is { } steps ? ((steps - 1) / batchesPerEpoch) + 1 : options.Epochs ?? 1;
        return options.ToTrainer(
            epochs, options.LearningRate, epochs * (long)batchesPerEpoch, options.Steps);
    }

    private static OrderedDictionary<string, double> Metrics(LanguageModelScore? score) => score is null
        ? []
        : new()
        {
            ["validationLoss"] = score.Loss,
            ["validationPerplexity"] = score.Perplexity,
            ["validationAccuracy"] = score.Accuracy,
            ["validationTargets"] = score.Targets,
        };

    private static long TokensSeen(Trainer trainer, PretrainingText text)
    {
        long tokens = text.TrainingTokens * trainer.Position.Epoch;
        for (int batch = 0; batch < trainer.Position.Batch; batch++)
        {
            tokens += trainer.Data.BatchAt(trainer.Position with { Batch = batch }).Sum(example => (long)example.InputIds.Length);
        }

        return tokens;
    }
}
