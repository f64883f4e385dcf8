using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Training;
using Sparsum.Training.Pretraining;

namespace Sparsum.Cli.Pretraining;

/// <summary>Follows a run: keeps its history, validates after every epoch, and shows how far it is.</summary>
internal sealed class PretrainingObserver(
    RunContext context, PretrainingText text, TrainingHistory history, string historyFile, Func<LanguageModelScore?> validate)
    : ITrainingHook, IProgress<TrainingProgress>
{
    private const double Smoothing = 0.98;
    private readonly double earlierSeconds = history.Seconds;
    private long start;
    private TimeSpan pauses;
    private double? smoothed;
    private int? checkpointSteps;

    /// <summary>The score of the present weights; null while it has not been measured.</summary>
    public LanguageModelScore? Validation { get; private set; }

    public void OnStart(Trainer trainer)
    {
        start = context.Time.GetTimestamp();
        checkpointSteps = trainer.Options.CheckpointSteps;
    }

    public void Report(TrainingProgress value)
    {
        Validation = null;
        history.AddLoss(value.Loss);
        smoothed = smoothed is { } before ? (before * Smoothing) + (value.Loss * (1 - Smoothing)) : value.Loss;
        context.Progress.Report(
            FormattableString.Invariant($"step {value.Step.Number}/{value.TotalSteps}, epoch {value.Position.Epoch + 1}, loss {smoothed:F3}"),
            (double)value.Step.Number / value.TotalSteps);
        if (value.Step.Number % (checkpointSteps ?? int.MaxValue) == 0)
        {
            SaveHistory();
        }
    }

    public void AfterEpoch(Trainer trainer, EpochSummary epoch)
    {
        Validate();
        var facts = new JsonObject
        {
            ["epoch"] = epoch.Epoch + 1,
            ["steps"] = epoch.Steps,
            ["tokens"] = text.TrainingTokens * (epoch.Epoch + 1),
            ["loss"] = JsonText.Number(epoch.MeanLoss),
        };
        PretrainRecord.Add(facts, Validation);
        history.AddEpoch(facts);
        context.Log.Add("info", "epoch done", facts);
        context.Tell(FormattableString.Invariant($"epoch {epoch.Epoch + 1}: loss {epoch.MeanLoss:F4}") + Describe(Validation));
        SaveHistory();
    }

    /// <summary>Completes time and validation after the last step.</summary>
    public void Finish()
    {
        if (Validation is null)
        {
            Validate();
        }

        history.Seconds = Seconds();
    }

    /// <summary>Measures the present weights; the time does not count as training.</summary>
    private void Validate()
    {
        long begin = context.Time.GetTimestamp();
        Validation = validate();
        pauses += context.Time.GetElapsedTime(begin);
    }

    /// <summary>Writes the history as of now, for the checkpoint that is about to be written.</summary>
    public void SaveHistory()
    {
        history.Seconds = Seconds();
        history.Save(historyFile);
    }

    private double Seconds() => earlierSeconds + (context.Time.GetElapsedTime(start) - pauses).TotalSeconds;

    private static string Describe(LanguageModelScore? score) => score is null
        ? ""
        : FormattableString.Invariant(
            $", validation loss {score.Loss:F4}, perplexity {score.Perplexity:F2}, accuracy {score.Accuracy * 100:F1} %");
}
