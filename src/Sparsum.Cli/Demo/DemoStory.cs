using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Reporting;
using Sparsum.Reporting.Records;

namespace Sparsum.Cli.Demo;

/// <summary>The demo from the data to the report.</summary>
internal sealed class DemoStory
{
    private const string Note =
        "All steps ran in one process, so the peak memory of a run includes the runs before it. That of the models was measured in processes of their own.";

    private readonly RunContext context;
    private readonly string folder;
    private readonly DemoBudget budget;
    private readonly DemoRunner runner;

    public DemoStory(RunContext context, string folder, DemoBudget budget)
    {
        (this.context, this.folder, this.budget) = (context, folder, budget);
        runner = new DemoRunner(context);
        string models = Path.Combine(folder, "models");
        Training = new TrainingChapter(runner, models, budget);
        OneShot = new OneShotChapter(runner, models, budget);
    }

    public string Report => Path.Combine(folder, "report.html");

    public TrainingChapter Training { get; }

    public OneShotChapter OneShot { get; }

    public IReadOnlyList<JsonObject> Documents => runner.Documents;

    public DemoData Run()
    {
        context.Progress.Report("reading the documentation of the SDK");
        var data = DemoData.Write(Path.Combine(folder, "data"), budget, context.CancellationToken);
        context.Tell("1. Sparse training: an encoder learns to tell namespaces from summaries, dense and with NeuroPrune.");
        Training.Run(data);
        context.Tell("2. One-shot pruning: a decoder loses weights without training.");
        OneShot.Run(data);
        HtmlReport.Write(
            Report,
            [.. Documents.Select(document => RunRecord.Parse(JsonText.Format(document)))],
            new ReportOptions
            {
                Title = "Sparsum demo",
                Subtitle = "Two small models, trained on the documentation of the .NET SDK, made sparse on this machine: an encoder while it is "
                    + "fine-tuned, a decoder without training. Quality is measured on documentation that neither was trained on.",
                Notes = [Note],
            });
        return data;
    }
}
