using System.Text.Json;
using System.Text.Json.Serialization;
using Sparsum.Core;

namespace Sparsum.Pruning.SparseTraining.Runs;

/// <summary>What a run has seen so far. It is kept beside the checkpoint, so that a resumed run reports the whole course.</summary>
public sealed class TrainingHistory
{
    /// <summary>A long run has a figure for each step.</summary>
    private static readonly JsonRules Rules = new() { MaxBytes = int.MaxValue };

    private const int MostPoints = 200;

    private readonly List<double> losses = [];
    private readonly List<double> taskNorms = [];
    private readonly List<double> totalNorms = [];
    private readonly List<TrainingEvaluation> epochs = [];
    private readonly List<TrainingEvaluation> evaluations = [];

    /// <summary>The loss of every step.</summary>
    public IReadOnlyList<double> Losses => losses;

    /// <summary>Norm of each step's gradient of the loss alone.</summary>
    public IReadOnlyList<double> TaskGradientNorms => taskNorms;

    /// <summary>Norm of each step's gradient with penalties.</summary>
    public IReadOnlyList<double> TotalGradientNorms => totalNorms;

    /// <summary>Every epoch that ended.</summary>
    public IReadOnlyList<TrainingEvaluation> Epochs => epochs;

    /// <summary>Every evaluation between two steps.</summary>
    public IReadOnlyList<TrainingEvaluation> Evaluations => evaluations;

    /// <summary>Seconds of training, those of earlier sessions included; 0 without a clock.</summary>
    public double Seconds { get; internal set; }

    /// <summary>The best of all evaluations that were kept; null when there is none yet.</summary>
    public TrainingEvaluation? Best => evaluations.Concat(epochs).Where(evaluation => evaluation.IsBest).MaxBy(evaluation => evaluation.Score);

    /// <summary>The course of the loss in few enough points to look at: last step and mean loss of equal stretches.</summary>
    public IReadOnlyList<(int Step, double Loss)> Curve
    {
        get
        {
            int length = Math.Max(1, (losses.Count + MostPoints - 1) / MostPoints);
            return [.. losses.Chunk(length).Index().Select(stretch => ((stretch.Index * length) + stretch.Item.Length, stretch.Item.Average()))];
        }
    }

    /// <summary>Reads a history.</summary>
    /// <exception cref="InvalidInputException">The file is missing or damaged.</exception>
    internal static TrainingHistory Read(string file)
    {
        try
        {
            var state = StrictJson.Read(file, HistoryJson.Default.HistoryState, Rules);
            if (state.Epochs.Concat(state.Evaluations).Any(evaluation => evaluation is not { Metrics: not null, Strengths: not null }))
            {
                throw new JsonException("An evaluation is incomplete.");
            }

            var history = new TrainingHistory { Seconds = state.Seconds };
            history.losses.AddRange(state.Losses);
            history.taskNorms.AddRange(state.TaskNorms);
            history.totalNorms.AddRange(state.TotalNorms);
            history.epochs.AddRange(state.Epochs);
            history.evaluations.AddRange(state.Evaluations);
            return history;
        }
        catch (Exception error) when (error is InvalidInputException or ArgumentNullException or JsonException)
        {
            throw Damaged(file, error);
        }
    }

    internal void Save(string file) => AtomicFile.WriteAllBytes(
        file,
        JsonSerializer.SerializeToUtf8Bytes(
            new HistoryState(Seconds, losses, taskNorms, totalNorms, epochs, evaluations), HistoryJson.Default.HistoryState));

    internal void AddStep(double loss, double taskNorm, double totalNorm)
    {
        losses.Add(loss);
        taskNorms.Add(taskNorm);
        totalNorms.Add(totalNorm);
    }

    internal void Add(TrainingEvaluation evaluation) => (evaluation.Epoch is null ? evaluations : epochs).Add(evaluation);

    /// <summary>Leaves what belongs to a checkpoint; the history is written first and may be younger.</summary>
    /// <param name="steps">Steps that the checkpoint has seen.</param>
    /// <param name="finishedEpochs">Epochs that were over by then.</param>
    /// <param name="file">The file that it was read from, for messages.</param>
    /// <exception cref="InvalidInputException">The history is older than the checkpoint.</exception>
    internal void CutTo(int steps, int finishedEpochs, string file)
    {
        if (losses.Count < steps || taskNorms.Count < steps || totalNorms.Count < steps || epochs.Count < finishedEpochs)
        {
            throw Damaged(file);
        }

        foreach (var list in new[] { losses, taskNorms, totalNorms })
        {
            list.RemoveRange(steps, list.Count - steps);
        }

        evaluations.RemoveAll(evaluation => evaluation.Step > steps);
        epochs.RemoveRange(finishedEpochs, epochs.Count - finishedEpochs);
    }

    private static InvalidInputException Damaged(string file, Exception? cause = null) =>
        new("bad-training-state", $"'{file}' does not belong to the checkpoint beside it.", cause)
        {
            File = file,
            Hint = "Start again with `force`.",
        };
}

/// <summary>A history as it is kept.</summary>
internal sealed record HistoryState(
    double Seconds,
    IReadOnlyList<double> Losses,
    IReadOnlyList<double> TaskNorms,
    IReadOnlyList<double> TotalNorms,
    IReadOnlyList<TrainingEvaluation> Epochs,
    IReadOnlyList<TrainingEvaluation> Evaluations);

/// <summary>Reads and writes <see cref="HistoryState"/>.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(HistoryState))]
internal sealed partial class HistoryJson : JsonSerializerContext;
