using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Reporting;
using Sparsum.Reporting.Records;

namespace Sparsum.Cli.Demo;

/// <summary>The steps of the demo, from the corpus to the report.</summary>
internal sealed class DemoStory(RunContext context, string folder, DemoBudget budget)
{
    public const string Warning =
        "This model has random weights; it was never trained. Its perplexities and texts mean nothing. Its sizes, sparsities, speed and memory do.";

    private static readonly (string Name, string[] Options)[] Variants =
    [
        ("magnitude-50", ["--method", "magnitude", "--sparsity", "0.5"]),
        ("wanda-30", ["--method", "wanda", "--sparsity", "0.3"]),
        ("wanda-50", ["--method", "wanda", "--sparsity", "0.5"]),
        ("wanda-70", ["--method", "wanda", "--sparsity", "0.7"]),
        ("wanda-2-4", ["--method", "wanda", "--pattern", "2:4"]),
    ];

    private readonly DemoRunner runner = new(context);

    public string Report => Path.Combine(folder, "report.html");

    public IReadOnlyList<JsonObject> Documents => runner.Documents;

    /// <summary>The evaluated models in order: the dense one, then every pruned one.</summary>
    public List<DemoRow> Rows { get; } = [];

    public DemoCorpus Run()
    {
        context.Progress.Report("reading the documentation of the SDK");
        var corpus = DemoCorpus.Write(Path.Combine(folder, "data"), budget, context.CancellationToken);
        string dense = ModelPath("dense");
        DemoModel.Write(dense, budget, (ulong)context.Seed, context.CancellationToken);
        context.Tell($"A decoder of {budget.Blocks} blocks of width {budget.HiddenSize}. {Warning}");
        runner.Run("inspect", dense);
        Evaluate("dense", corpus);
        foreach (var (name, options) in Variants)
        {
            runner.Run(["prune", dense, "-o", ModelPath(name), .. options, .. Calibration(corpus, options)]);
            Evaluate(name, corpus);
        }

        string[] bench = ["--length", $"{budget.Length}", "--runs", $"{budget.BenchRuns}"];
        runner.Run(["bench", ModelPath("wanda-50"), "--baseline", dense, .. bench]);
        runner.Run("generate", ModelPath("wanda-50"), "--prompt", "Returns the", "--max-new-tokens", "24");
        WriteReport();
        return corpus;
    }

    private string ModelPath(string name) => Path.Combine(folder, "models", name);

    private string[] Calibration(DemoCorpus corpus, string[] options) => options.Contains("magnitude") ? [] :
    [
        "--calibration", corpus.CalibrationFile, "--samples", $"{budget.CalibrationSamples}", "--sequence-length", $"{budget.Length}",
    ];

    private void Evaluate(string name, DemoCorpus corpus)
    {
        double sparsity = Documents.LastOrDefault(document => (string?)document["output"] == ModelPath(name))?["sparsity"]?.GetValue<double>() ?? 0;
        var document = runner.Run("evaluate", ModelPath(name), "--perplexity", corpus.EvaluationFile, "--window", $"{budget.Length}");
        Rows.Add(new DemoRow(name, sparsity, document["perplexity"]?.GetValue<double>() ?? double.NaN));
    }

    private void WriteReport() => HtmlReport.Write(
        Report,
        [.. Documents.Select(document => RunRecord.Parse(JsonText.Format(document)))],
        new ReportOptions
        {
            Title = "Sparsum demo",
            Subtitle = "A small decoder, pruned one-shot on this machine with text from the documentation of the .NET SDK.",
            Notes = [Warning, "All steps but the peak memory of the benchmark ran in one process, so peak memory of a step includes the steps before it."],
        });
}
