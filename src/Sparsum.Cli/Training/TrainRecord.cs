using System.Text.Json.Nodes;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Pruning.SparseTraining.Runs;
using Spectre.Console;

namespace Sparsum.Cli.Training;

/// <summary>A training run as fields of a document, and its result for people.</summary>
internal static class TrainRecord
{
    public static JsonObject Create(SparseTrainingResult result, string output)
    {
        var document = new JsonObject
        {
            ["task"] = result.Task,
            ["method"] = result.Method,
            ["budget"] = new JsonObject
            {
                ["distance"] = result.Budget.Distance,
                ["reachableShare"] = result.ReachableShare,
                ["warnings"] = JsonText.Array(result.Warnings, warning => warning),
            },
            ["bestStep"] = result.BestStep,
            ["metrics"] = TaskRecord.Metrics(result.Metrics),
            ["score"] = result.Score,
            ["examples"] = result.Examples,
        };
        SparseRecord.Add(document, result);
        document["trainSeconds"] = Math.Round(result.History.Seconds, 3);
        document["steps"] = result.Steps;
        document["trainExamples"] = result.TrainingExamples;
        document["trainDataFingerprint"] = result.DataFingerprint;
        document["epochs"] = JsonText.Array(result.History.Epochs, EvaluationRecord.Of);
        document["evaluations"] = JsonText.Array(result.History.Evaluations, EvaluationRecord.Of);
        document["curve"] = EvaluationRecord.Curve(result.History);
        document["blocks"] = SparseRecord.Blocks(result.Sparsity);
        document["insights"] = SparseRecord.Insights(result.Sparsity);
        document["output"] = output;
        return document;
    }

    /// <summary>An epoch for people.</summary>
    public static string Describe(TrainingEvaluation epoch) => FormattableString.Invariant(
        $"epoch {epoch.Epoch}: loss {epoch.Loss:F4}, score {epoch.Score:F4}, sparsity {epoch.Sparsity:P2}, heads {epoch.Heads}, {epoch.Seconds:F1} s");

    public static void Render(IAnsiConsole console, JsonObject document, string output) => console.WriteFacts(
    [
        ("output", output),
        ("task", document["task"]!.GetValue<string>()),
        ("quality", TaskRecord.Describe(document["metrics"]!.AsObject())),
        .. SparseRecord.Facts(document),
        ("trained", $"{Units.Count(document["steps"]!.GetValue<int>())} steps in {Units.Duration(TimeSpan.FromSeconds(document["trainSeconds"]!.GetValue<double>()))}"),
    ]);
}
