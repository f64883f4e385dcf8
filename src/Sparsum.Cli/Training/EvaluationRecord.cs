using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Pruning.SparseTraining.Runs;

namespace Sparsum.Cli.Training;

/// <summary>The course of a run as fields of a document.</summary>
internal static class EvaluationRecord
{
    /// <summary>A moment of a run: an epoch that ended, or an evaluation between two steps.</summary>
    public static JsonObject Of(TrainingEvaluation evaluation)
    {
        var record = new JsonObject();
        if (evaluation.Epoch is { } epoch)
        {
            record["epoch"] = epoch;
        }

        record["step"] = evaluation.Step;
        if (evaluation.Epoch is not null)
        {
            record["loss"] = JsonText.Number(evaluation.Loss!.Value);
            record["seconds"] = evaluation.Seconds;
            record["taskGradientNorm"] = JsonText.Number(evaluation.TaskGradientNorm!.Value);
            record["totalGradientNorm"] = JsonText.Number(evaluation.TotalGradientNorm!.Value);
        }

        if (evaluation.Score is { } score)
        {
            record["metrics"] = TaskRecord.Metrics(evaluation.Metrics);
            record["score"] = JsonText.Number(score);
        }

        record["sparsity"] = evaluation.Sparsity;
        record["heads"] = evaluation.Heads;
        record["neurons"] = evaluation.Neurons;
        foreach (var (name, value) in evaluation.Strengths)
        {
            record[name] = JsonText.Number(value);
        }

        if (evaluation.IsBest)
        {
            record["isBest"] = true;
        }

        return record;
    }

    /// <summary>The course of the loss.</summary>
    public static JsonArray Curve(TrainingHistory history) => JsonText.Array(
        history.Curve, point => new JsonObject { ["step"] = point.Step, ["loss"] = JsonText.Number(point.Loss) });
}
