namespace Sparsum.Cli.Demo;

/// <summary>One-shot pruning: the decoder loses weights without any training, by several methods.</summary>
internal sealed class OneShotChapter(DemoRunner runner, string models, DemoBudget budget) : DemoChapter(runner, models, budget)
{
    private const string Prompt = "Gets or sets the";

    private static readonly (string Name, string[] Options)[] Variants =
    [
        ("magnitude-50", ["--method", "magnitude", "--sparsity", "0.5"]),
        ("wanda-50", ["--method", "wanda", "--sparsity", "0.5"]),
        ("wanda-2-4", ["--method", "wanda", "--pattern", "2:4"]),
        ("wanda-70", ["--method", "wanda", "--sparsity", "0.7"]),
        ("neuronal-70", ["--method", "wanda", "--allocation", "neuronal", "--sparsity", "0.7"]),
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

        Runner.Run("bench", ModelPath("wanda-50"), "--baseline", decoder, "--length", "64", "--runs", $"{Budget.BenchRuns}");
        foreach (string model in (string[])[decoder, ModelPath("wanda-50"), ModelPath("magnitude-50")])
        {
            Runner.Run("generate", model, "--prompt", Prompt, "--max-new-tokens", "24");
        }
    }

    private string[] Calibration(DemoData data, string[] options) => options.Contains("magnitude") ? [] :
        ["--calibration", data.CalibrationFile, "--samples", $"{Budget.CalibrationSamples}", "--sequence-length", "128"];

    private void Evaluate(string name, string model, double sparsity, DemoData data) =>
        Add(name, model, sparsity, Number(Runner.Run("evaluate", model, "--perplexity", data.EvaluationFile), "perplexity"));
}
