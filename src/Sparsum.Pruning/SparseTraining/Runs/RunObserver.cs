using Sparsum.Pruning.Measures;
using Sparsum.Training;
using Sparsum.Training.Optimization;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>
/// Follows a run after its method: measures, keeps the history and the best state, and tells how far it is.
/// </summary>
internal sealed class RunObserver(TrainingHistory history, string historyFile, IProgress<RunProgress>? progress, TimeProvider? clock)
    : ITrainingHook, IProgress<TrainingProgress>
{
    private const double Smoothing = 0.98;
    private readonly double earlierSeconds = history.Seconds;
    private long start;
    private TimeSpan pauses;
    private double? smoothed;

    /// <summary>Measures the present weights on data that was kept back: what there is to tell, and the score, if there is one.</summary>
    public required Func<(IReadOnlyDictionary<string, double> Metrics, double? Score)> Measure { get; init; }

    /// <summary>The method at work.</summary>
    public required ISparsifier Sparsifier { get; init; }

    /// <summary>Is told of every epoch that ended.</summary>
    public Action<TrainingEvaluation>? Ended { get; init; }

    /// <summary>Steps between evaluations within an epoch; null for none.</summary>
    public int? EvaluationSteps { get; init; }

    /// <summary>Where the best state is kept; null keeps none.</summary>
    public string? BestFile { get; init; }

    public void OnStart(Trainer trainer) => start = clock?.GetTimestamp() ?? 0;

    public void Report(TrainingProgress value)
    {
        history.AddStep(value.Loss, value.Step.TaskNorm, value.Step.TotalNorm);
        smoothed = smoothed is { } before ? (before * Smoothing) + (value.Loss * (1 - Smoothing)) : value.Loss;
        progress?.Report(new RunProgress(RunPhase.Training) { Step = value, SmoothedLoss = smoothed });
        if (value.Step.Number % (CheckpointSteps ?? int.MaxValue) == 0)
        {
            SaveHistory();
        }
    }

    /// <summary>Steps between checkpoints within an epoch, before each of which the history is kept; null for none.</summary>
    public int? CheckpointSteps { get; init; }

    public void AfterStep(Trainer trainer, OptimizerStep step)
    {
        if (step.Number % (EvaluationSteps ?? int.MaxValue) == 0)
        {
            history.Add(Pause(() => Look(trainer, new TrainingEvaluation { Step = step.Number })));
        }
    }

    public void AfterEpoch(Trainer trainer, EpochSummary epoch)
    {
        double seconds = Seconds();
        int first = epoch.Steps - trainer.Data.BatchesPerEpoch;
        var record = Pause(() => Look(trainer, new TrainingEvaluation
        {
            Epoch = epoch.Epoch + 1,
            Step = epoch.Steps,
            Loss = epoch.MeanLoss,
            Seconds = clock is null ? null : Math.Round(seconds - history.Epochs.Sum(earlier => earlier.Seconds ?? 0), 3),
            TaskGradientNorm = history.TaskGradientNorms.Skip(first).Average(),
            TotalGradientNorm = history.TotalGradientNorms.Skip(first).Average(),
        }));
        history.Add(record);
        progress?.Report(new RunProgress(RunPhase.Training) { Epoch = record });
        Ended?.Invoke(record);
        SaveHistory();
    }

    /// <summary>Takes the time after the last step.</summary>
    public void Stop() => history.Seconds = Seconds();

    /// <summary>Writes the history as of now, for the checkpoint that is about to be written.</summary>
    public void SaveHistory()
    {
        history.Seconds = Seconds();
        history.Save(historyFile);
    }

    private TrainingEvaluation Look(Trainer trainer, TrainingEvaluation record)
    {
        IReadOnlyDictionary<string, double> metrics;
        double? score;
        using (Sparsifier.BeginEvaluation())
        {
            (metrics, score) = Measure();
        }

        bool isBest = BestFile is not null && Sparsifier.IsSettled(trainer) && !(score <= history.Best?.Score);
        if (isBest)
        {
            trainer.Save(BestFile!);
        }

        return record with
        {
            Metrics = metrics,
            Score = score,
            Sparsity = PrunableWeights.Of(trainer.Model.Blocks, SparsityScope.Regularised).Measure(Sparsifier.Epsilon).Sparsity,
            Heads = SparsityReport.CountHeads(trainer.Model, Sparsifier).Sum(),
            Neurons = trainer.Model.Blocks.Sum(block => block.FeedForwards.Sum(layer => layer.NeuronCount)),
            Strengths = Sparsifier.Strengths,
            IsBest = isBest,
        };
    }

    /// <summary>Does what does not count as training.</summary>
    private TrainingEvaluation Pause(Func<TrainingEvaluation> action)
    {
        long begin = clock?.GetTimestamp() ?? 0;
        var result = action();
        pauses += clock?.GetElapsedTime(begin) ?? default;
        return result;
    }

    private double Seconds() => clock is null ? 0 : earlierSeconds + (clock.GetElapsedTime(start) - pauses).TotalSeconds;
}
