using System.Text.Json.Nodes;
using Sparsum.Evaluation.Latency;

namespace Sparsum.Cli.Demo;

/// <summary>A part of the demo: what it runs, and the models that it compares.</summary>
internal abstract class DemoChapter(DemoRunner runner, string models, DemoBudget budget)
{
    /// <summary>The models in the order in which they were measured; the dense one comes first.</summary>
    public List<DemoRow> Rows { get; } = [];

    protected DemoRunner Runner => runner;

    protected DemoBudget Budget => budget;

    /// <summary>Runs the chapter.</summary>
    public abstract void Run(DemoData data);

    protected string ModelPath(string name) => Path.Combine(models, name);

    protected void Add(string name, string folder, double sparsity, double quality) =>
        Rows.Add(new DemoRow(name, sparsity, quality, FolderSize.Measure(folder).Weights));

    protected static double Number(JsonObject document, string name) => document[name]?.GetValue<double>() ?? double.NaN;
}
