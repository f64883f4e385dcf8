using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>Metrics on tasks, one table and drawing for each task.</summary>
internal static class TaskSection
{
    public static void Write(Markup page, ReportContent content)
    {
        if (content.Tasks.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Tasks").Line();
        foreach (var group in content.Tasks.GroupBy(record => record.Task))
        {
            WriteTask(page, content, [.. group]);
        }

        page.Close().Line();
    }

    private static void WriteTask(Markup page, ReportContent content, List<RunRecord> records)
    {
        string[] metrics = [.. records.SelectMany(record => record.Metrics).Select(metric => metric.Name).Distinct()];
        page.Table(
            $"{records[0].Task}: quality after fine-tuning",
            ["Model", "Method", "#Sparsity of Q, K, V, MLP", "#Of all matrices", "#Heads", .. metrics.Select(name => "#" + name)],
            records.Select(record => (string[])
            [
                ReportContent.ShortName(Model(record)),
                content.MethodOf(Model(record)),
                Figures.Percent(content.SparsityOf(Model(record), writer => writer.RegularisedSparsity)),
                Figures.Percent(content.SparsityOf(Model(record), writer => writer.MatrixSparsity)),
                Figures.Count(content.HeadsOf(Model(record))),
                .. metrics.Select(name => Figures.Percent(Value(record, name))),
            ]));
        var bars = records.Select(record => (
            ReportContent.ShortName(Model(record)),
            Value(record, metrics[0]) ?? 0,
            Figures.Percent(Value(record, metrics[0]))));
        string title = $"{metrics[0]} on {records[0].Task}";
        page.Figure(title, new BarChart { Title = title, Bars = [.. bars] }.ToSvg());
    }

    /// <summary>A training run measures what it wrote, any other what it read.</summary>
    private static string? Model(RunRecord record) => record.Output ?? record.Model;

    private static double? Value(RunRecord record, string name) =>
        record.Metrics.Where(metric => metric.Name == name).Select(metric => (double?)metric.Value).FirstOrDefault();
}
