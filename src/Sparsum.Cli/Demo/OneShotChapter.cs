namespace Sparsum.Cli.Demo;

/// <summary>One-shot pruning: the decoder loses weights without any training, by several methods.</summary>
internal sealed class OneShotChapter(DemoRunner runner, string models, DemoBudget budget) : DemoChapter(runner, models, budget)
{
    private const string Prompt = "Specifies whether";
    private const string Sparsest = "sparsegpt-70";
    private const string Compact = "sparsegpt-70-compact";

    private static readonly (string Name, string[] Options)[] Variants =
    [
        ("magnitude-50", ["--method", "magnitude", "--sparsity", "0.5"]),
        ("wanda-50", ["--method", "wanda", "--sparsity", "0.5"]),
        ("sparsegpt-50", ["--method", "sparsegpt", "--sparsity", "0.5"]),
        ("sparsegpt-2-4", ["--method", "sparsegpt", "--pattern", "2:4"]),
        ("magnitude-70", ["--method", "magnitude", "--sparsity", "0.7"]),
        ("wanda-70", ["--method", "wanda", "--sparsity", "0.7"]),
        ("neuronal-70", ["--method", "wanda", "--allocation", "neuronal", "--sparsity", "0.7"]),
        (Sparsest, ["--method", "sparsegpt", "--sparsity", "0.7"]),
    ];

    public override void Run(DemoData data)
    {
        string decoder = ShippedModels.Find(ShippedModels.Decoder);
        Runner.Run("inspect", decoder);
        Evaluate("dense", decoder, 0, data);
        foreach (var (name, options) in Variants)
        {
            var run = Runner.Run(["prune", decoder, "-o", ModelPath(name), .. options, .. Calibration(data, options)]);
            Evaluate(name, ModelPath(name), Number(run, "sparsity"), data);
        }

        var compact = Runner.Run("compact", ModelPath(Sparsest), "-o", ModelPath(Compact));
        Evaluate(Compact, ModelPath(Compact), Number(compact, "sparsity"), data);

        // What is fast or small depends on how many zeros there are and where, not on who chose them.
        foreach (string model in (string[])["sparsegpt-50", "sparsegpt-2-4", "neuronal-70", Compact])
        {
            Runner.Run("bench", ModelPath(model), "--baseline", decoder, "--length", "64", "--runs", $"{Budget.BenchRuns}");
        }

        foreach (string model in (string[])[decoder, ModelPath("sparsegpt-50"), ModelPath("magnitude-70"), ModelPath(Compact)])
        {
            Runner.Run("generate", model, "--prompt", Prompt, "--max-new-tokens", "24");
        }
    }

    private string[] Calibration(DemoData data, string[] options) => options.Contains("magnitude") ? [] :
        ["--calibration", data.CalibrationFile, "--samples", $"{Budget.CalibrationSamples}", "--sequence-length", "128"];

    private void Evaluate(string name, string model, double sparsity, DemoData data) =>
        Add(name, model, sparsity, Number(Runner.Run("evaluate", model, "--perplexity", data.EvaluationFile), "perplexity"));
}
