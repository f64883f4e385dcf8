using System.Text.Json.Nodes;

namespace Sparsum.Cli.Demo;

/// <summary>
/// Sparse training: the encoder learns to tell from a summary which namespace it belongs to, once dense and once with NeuroPrune, whose zeros
/// are then taken out.
/// </summary>
internal sealed class TrainingChapter(DemoRunner runner, string models, DemoBudget budget) : DemoChapter(runner, models, budget)
{
    private const string Dense = "namespaces-dense";
    private const string Sparse = "namespaces-neuroprune";
    private const string Compact = "namespaces-compact";

    public override void Run(DemoData data)
    {
        string encoder = ShippedModels.Find(ShippedModels.Encoder);
        string[] options = ["--task", data.TaskFile, "--epochs", $"{Budget.Epochs}", "--batch-size", "16", "--learning-rate", "1e-3", "--max-length", "64"];
        Add(Dense, Runner.Run(["train", encoder, "-o", ModelPath(Dense), .. options]));
        Add(Sparse, Runner.Run(["train", encoder, "-o", ModelPath(Sparse), .. options, "--method", "neuroprune", "--sparsity", "0.7", "--heads", "16"]));
        var compact = Runner.Run("compact", ModelPath(Sparse), "-o", ModelPath(Compact));
        var evaluation = Runner.Run("evaluate", ModelPath(Compact), "--task", data.TaskFile, "--max-length", "64");
        Add(Compact, ModelPath(Compact), RegularisedSparsity(compact), Accuracy(evaluation));
        foreach (string model in (string[])[Sparse, Compact])
        {
            Runner.Run("bench", ModelPath(model), "--baseline", ModelPath(Dense), "--batch", "8", "--length", "64", "--runs", $"{Budget.BenchRuns}");
        }
    }

    private void Add(string name, JsonObject run) => Add(name, ModelPath(name), RegularisedSparsity(run), Accuracy(run));

    /// <summary>By what training counts; the attention's output projections, which it does not press on, would make another share of the same zeros.</summary>
    private static double RegularisedSparsity(JsonObject document) => Number(document["sparsities"]!["regularised"]!.AsObject(), "sparsity");

    private static double Accuracy(JsonObject document) => document["metrics"]!["accuracy"]!.GetValue<double>();
}
