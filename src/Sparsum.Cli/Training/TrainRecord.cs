using System.Text.Json.Nodes;
using Sparsum.Cli.Pretraining;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Training;
using Spectre.Console;

namespace Sparsum.Cli.Training;

/// <summary>The course of a training run as fields of a document, and its result for people.</summary>
internal static class TrainRecord
{
    /// <summary>What training was, apart from what it came to.</summary>
    public static void Add(JsonObject document, Trainer trainer, TrainingHistory history)
    {
        document["trainSeconds"] = Math.Round(history.Seconds, 3);
        document["steps"] = trainer.Schedule.TotalSteps;
        document["trainExamples"] = trainer.Data.Examples.Count;
        document["trainDataFingerprint"] = trainer.Data.Fingerprint;
        document["epochs"] = JsonText.Array(history.Epochs, epoch => epoch.DeepClone());
        document["evaluations"] = JsonText.Array(history.Evaluations, evaluation => evaluation.DeepClone());
        document["curve"] = history.Curve;
    }

    /// <summary>How far the learning rates can carry weights, and what that means for a target.</summary>
    public static JsonObject Budget(LearningRateBudget budget, double reachableShare, IReadOnlyList<string> warnings) => new()
    {
        ["distance"] = budget.Distance,
        ["reachableShare"] = reachableShare,
        ["warnings"] = JsonText.Array(warnings, warning => warning),
    };

    public static void Render(IAnsiConsole console, JsonObject document, string output)
    {
        console.WriteFacts(
            ("output", output),
            ("task", document["task"]!.GetValue<string>()),
            ("quality", TaskRecord.Describe(document["metrics"]!.AsObject())),
            ("sparsity", $"{Units.Percent(document["sparsity"]!.GetValue<double>())} of the regularised weights, tau {document["tau"]!.GetValue<double>():G3}"),
            ("heads", document["headsLeft"]!.ToString()),
            ("trained", $"{Units.Count(document["steps"]!.GetValue<int>())} steps in {Units.Duration(TimeSpan.FromSeconds(document["trainSeconds"]!.GetValue<double>()))}"));
    }
}
