using System.Text.Json.Nodes;
using Sparsum.Cli.Pretraining;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Metrics;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Training;
using Sparsum.Training.Optimization;

namespace Sparsum.Cli.Training;

/// <summary>
/// Follows a run after its method: measures on the development set, keeps the history and the best state, and shows how far it is.
/// </summary>
internal sealed class TrainObserver : ITrainingHook, IProgress<TrainingProgress>
{
    public const string BestKey = "isBest";
    public const string ScoreKey = "score";
    private const double Smoothing = 0.98;

    private readonly RunContext context;
    private readonly TrainingHistory history;
    private readonly string historyFile;
    private readonly double earlierSeconds;
    private long start;
    private TimeSpan pauses;
    private double? smoothed;

    /// <summary>Follows a run.</summary>
    /// <param name="context">Where to tell of it.</param>
    /// <param name="history">What earlier sessions of it saw; added to.</param>
    /// <param name="historyFile">Where the history is kept.</param>
    public TrainObserver(RunContext context, TrainingHistory history, string historyFile)
    {
        (this.context, this.history, this.historyFile) = (context, history, historyFile);
        earlierSeconds = history.Seconds;
    }

    /// <summary>Measures the present weights on the development set.</summary>
    public required Func<MetricScores> Evaluate { get; init; }

    /// <summary>The method at work.</summary>
    public required Func<ISparsifier> Sparsifier { get; init; }

    /// <summary>What counts as near zero in reports.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Steps between evaluations within an epoch; null for none.</summary>
    public int? EvaluationSteps { get; init; }

    /// <summary>Steps between checkpoints within an epoch, before each of which the history is kept; null for none.</summary>
    public int? CheckpointSteps { get; init; }

    /// <summary>Where the best state is kept; null keeps none.</summary>
    public string? BestFile { get; init; }

    /// <summary>The record of the best evaluation; null when there is none yet.</summary>
    public JsonObject? Best => history.Evaluations.Concat(history.Epochs).Where(record => record[BestKey] is not null).MaxBy(record => record[ScoreKey]!.GetValue<double>());

    public void OnStart(Trainer trainer) => start = context.Time.GetTimestamp();

    public void Report(TrainingProgress value)
    {
        history.AddLoss(value.Loss);
        history.AddNorms(value.Step.TaskNorm, value.Step.TotalNorm);
        smoothed = smoothed is { } before ? (before * Smoothing) + (value.Loss * (1 - Smoothing)) : value.Loss;
        context.Progress.Report(
            FormattableString.Invariant($"step {value.Step.Number}/{value.TotalSteps}, epoch {value.Position.Epoch + 1}, loss {smoothed:F3}"),
            (double)value.Step.Number / value.TotalSteps);
        if (value.Step.Number % (CheckpointSteps ?? int.MaxValue) == 0)
        {
            SaveHistory();
        }
    }

    public void AfterStep(Trainer trainer, OptimizerStep step)
    {
        if (step.Number % (EvaluationSteps ?? int.MaxValue) == 0)
        {
            var record = new JsonObject { ["step"] = step.Number };
            Pause(() => Measure(trainer, record));
            history.AddEvaluation(record);
        }
    }

    public void AfterEpoch(Trainer trainer, EpochSummary epoch)
    {
        double seconds = Seconds();
        var record = new JsonObject
        {
            ["epoch"] = epoch.Epoch + 1,
            ["step"] = epoch.Steps,
            ["loss"] = JsonText.Number(epoch.MeanLoss),
            ["seconds"] = Math.Round(seconds - history.Epochs.Sum(earlier => earlier["seconds"]!.GetValue<double>()), 3),
        };
        var norms = history.Norms.Skip(epoch.Steps - trainer.Data.BatchesPerEpoch).ToList();
        record["taskGradientNorm"] = JsonText.Number(norms.Average(norm => norm.Task));
        record["totalGradientNorm"] = JsonText.Number(norms.Average(norm => norm.Total));
        Pause(() => Measure(trainer, record));
        history.AddEpoch(record);
        context.Log.Add("info", "epoch done", record);
        context.Tell(Describe(epoch, record));
        SaveHistory();
    }

    /// <summary>Writes the history as of now, for the checkpoint that is about to be written.</summary>
    public void SaveHistory()
    {
        history.Seconds = Seconds();
        history.Save(historyFile);
    }

    private static string Describe(EpochSummary epoch, JsonObject record) => FormattableString.Invariant(
        $"epoch {epoch.Epoch + 1}: loss {epoch.MeanLoss:F4}, score {record[ScoreKey]!.GetValue<double>():F4}, sparsity {record["sparsity"]!.GetValue<double>():P2}, heads {record["heads"]!.GetValue<int>()}, {record["seconds"]!.GetValue<double>():F1} s");

    private void Measure(Trainer trainer, JsonObject record)
    {
        var scores = Evaluate();
        var sparsifier = Sparsifier();
        record["metrics"] = TaskRecord.Metrics(scores);
        record[ScoreKey] = JsonText.Number(scores.Combined);
        record["sparsity"] = PrunableWeights.Of(trainer.Model.Blocks, SparsityScope.Regularised).Measure(Epsilon).Sparsity;
        record["heads"] = SparseRecord.HeadsKept(trainer.Model, sparsifier).Sum();
        record["neurons"] = trainer.Model.Blocks.Sum(block => block.FeedForwards.Sum(layer => layer.NeuronCount));
        foreach (var (name, value) in sparsifier.Strengths)
        {
            record[name] = JsonText.Number(value);
        }

        if (BestFile is not null && sparsifier.IsSettled(trainer) && !(scores.Combined <= Best?[ScoreKey]!.GetValue<double>()))
        {
            trainer.Save(BestFile);
            record[BestKey] = true;
        }
    }

    /// <summary>Does what does not count as training.</summary>
    private void Pause(Action action)
    {
        long begin = context.Time.GetTimestamp();
        action();
        pauses += context.Time.GetElapsedTime(begin);
    }

    private double Seconds() => earlierSeconds + (context.Time.GetElapsedTime(start) - pauses).TotalSeconds;
}
