using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>Metrics on tasks, one table and drawing for each task.</summary>
internal static class TaskSection
{
    public static Section Section { get; } = new("tasks", "Tasks", catalog => catalog.Records.Any(IsOfTask), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        foreach (var group in catalog.Records.Where(IsOfTask).GroupBy(record => record.Task!))
        {
            WriteTask(page, catalog, group.Key, [.. group]);
        }
    }

    private static bool IsOfTask(RunRecord record) => record.Task is not null && record.Metrics.Count > 0;

    private static void WriteTask(Markup page, ModelCatalog catalog, string task, List<RunRecord> records)
    {
        string[] metrics = [.. records.SelectMany(record => record.Metrics).Select(metric => metric.Name).Distinct()];
        page.Table(
            $"{task}: quality",
            ["Model", Tables.Method, "#Sparsity of Q, K, V, MLP", "#Of all matrices", "#Heads", "#Examples", .. metrics.Select(name => "#" + name)],
            records.Select(record => (string[])
            [
                catalog.NameOf(record),
                catalog.Of(record)?.Method ?? "",
                Figures.Percent(catalog.Of(record)?.RegularisedSparsity),
                Figures.Percent(catalog.Of(record)?.Sparsity),
                Figures.Count(catalog.Of(record)?.Heads),
                Figures.Count(record.Examples),
                .. metrics.Select(name => Value(record, name) is { } value ? Format(name, value) : "–"),
            ]));
        var bars = records.Where(record => Value(record, metrics[0]) is not null)
            .Select(record => (catalog.NameOf(record), Value(record, metrics[0])!.Value, Format(metrics[0], Value(record, metrics[0])!.Value)));
        string title = $"{metrics[0]} on {task}";
        page.Figure(title, new BarChart { Title = title, Bars = [.. bars] }.ToSvg());
    }

    private static string Format(string metric, double value) => new QualityMeasure(metric, "").Format(value);

    private static double? Value(RunRecord record, string name) =>
        record.Metrics.Where(metric => metric.Name == name).Select(metric => (double?)metric.Value).FirstOrDefault();
}
