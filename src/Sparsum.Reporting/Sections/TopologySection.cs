using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>
/// What sparse training did to the connections of models, and what quality and time that cost: the figures of the NeuroPrune paper
/// (Dhurandhar et al. 2024), from the records of any method.
/// </summary>
internal static class TopologySection
{
    /// <summary>Runs that removed fewer heads say little about which ones go.</summary>
    private const int FewestRemoved = 10;

    /// <summary>Runs of one band of quality compete for the frontier.</summary>
    private const double Band = 0.01;

    public static void Write(Markup page, ReportContent content)
    {
        var runs = content.Records.Where(record => record.Topology is not null).ToList();
        if (runs.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Topology").Line();
        page.Table(
            "What is left of connections and heads",
            ["Model", "Method", "#Sparsity", "#sd of connectivity", "#Heads", "#Importance of removed heads"],
            runs.Select(run => new[]
            {
                Name(run),
                run.Method,
                Figures.Percent(run.RegularisedSparsity),
                Figures.Number(run.Topology!.DegreeDeviation),
                Figures.Count(run.HeadsLeft),
                Figures.Number(run.Topology.RelativeImportance),
            }));
        WriteDegrees(page, runs);
        WriteHeads(page, runs);
        WriteRemovals(page, runs);
        foreach (var task in runs.Where(run => run.Task is not null && run.Score is not null).GroupBy(run => run.Task!))
        {
            WriteCosts(page, task.Key, [.. task]);
        }

        page.Close().Line();
    }

    private static void WriteDegrees(Markup page, List<RunRecord> runs)
    {
        var series = runs.Where(run => run.Topology!.Degrees.Sum() > 0).Select(run => new ChartSeries(Name(run), Degrees(run.Topology!.Degrees))).ToList();
        if (series.Count > 0)
        {
            page.Figure("Degrees of MLP neurons: share of rows by share of inputs that they are connected to", new LineChart
            {
                Title = "Degree distribution",
                Series = series,
                XLabel = "connected inputs in %",
                YLabel = "rows in %",
            }.ToSvg());
        }
    }

    private static List<(double, double)> Degrees(IReadOnlyList<long> counts)
    {
        double all = counts.Sum();
        return [.. counts.Select((count, bin) => ((bin + 0.5) * 100 / counts.Count, 100 * count / all))];
    }

    private static void WriteHeads(Markup page, List<RunRecord> runs)
    {
        var cut = runs.Where(run => run.Topology!.Removed.Count > 0).ToList();
        if (cut.Count > 0)
        {
            page.Figure("Heads that are left in each attention module", new LineChart
            {
                Title = "Heads by module",
                Series = [.. cut.Select(run => new ChartSeries(Name(run), [.. run.Topology!.HeadsLeft.Select((count, module) => ((double)module, (double)count))]))],
                XLabel = "attention module",
                IsXWhole = true,
                YLabel = "heads",
            }.ToSvg());
        }
    }

    /// <summary>How often each head goes, over the runs of one model that removed enough.</summary>
    private static void WriteRemovals(Markup page, List<RunRecord> runs)
    {
        foreach (var model in runs.Where(run => run.Topology!.Removed.Count >= FewestRemoved).GroupBy(run => run.Model))
        {
            string[] modules = [.. model.SelectMany(run => run.Topology!.Removed).Select(head => head.Module).Distinct().Order(StringComparer.Ordinal)];
            int heads = (int)model.SelectMany(run => run.Topology!.Removed).Max(head => head.Head) + 1;
            page.Figure(
                $"Share of {model.Count()} runs of {ReportContent.ShortName(model.Key)} that removed each head, of modules that lost any; runs with at least {FewestRemoved} heads gone",
                new HeatMap
                {
                    Title = "Removed heads",
                    Rows = modules,
                    Columns = [.. Enumerable.Range(0, heads).Select(head => $"{head}")],
                    Values = [.. modules.Select(module => Enumerable.Range(0, heads)
                        .Select(head => (double?)model.Count(run => run.Topology!.Removed.Contains((module, head))) / model.Count()).ToList())],
                }.ToSvg());
        }
    }

    private static void WriteCosts(Markup page, string task, List<RunRecord> runs)
    {
        Draw(page, runs, $"{task}: quality by sparsity", "sparsity in %", "score in %", run => run.RegularisedSparsity * 100, run => run.Score * 100);
        Draw(page, runs, $"{task}: quality by heads", "heads left", "score in %", run => run.HeadsLeft, run => run.Score * 100);
        Draw(page, runs, $"{task}: training time by sparsity", "sparsity in %", "seconds", run => run.RegularisedSparsity * 100, run => run.TrainSeconds);
        double best = runs.Max(run => run.Score!.Value);
        var band = runs.Where(run => run.Score >= best - Band).ToList();
        Draw(
            page,
            [.. band.Where(run => !band.Any(other => other.Method == run.Method && Beats(other, run)))],
            $"{task}: efficient frontier, of runs within one point of the best",
            "heads left",
            "sparsity in %",
            run => run.HeadsLeft,
            run => run.RegularisedSparsity * 100);
    }

    /// <summary>As few heads and as many zeros, one of them better.</summary>
    private static bool Beats(RunRecord run, RunRecord other) =>
        run.HeadsLeft <= other.HeadsLeft && run.RegularisedSparsity >= other.RegularisedSparsity
        && (run.HeadsLeft < other.HeadsLeft || run.RegularisedSparsity > other.RegularisedSparsity);

    private static void Draw(
        Markup page, List<RunRecord> runs, string title, string x, string y, Func<RunRecord, double?> across, Func<RunRecord, double?> up)
    {
        var points = runs.Where(run => across(run) is not null && up(run) is not null).ToList();
        if (points.Count >= 2)
        {
            page.Figure(title, new LineChart
            {
                Title = title,
                Series = [.. points.GroupBy(run => run.Method).Select(method =>
                    new ChartSeries(method.Key, [.. method.Select(run => (across(run)!.Value, up(run)!.Value))]))],
                XLabel = x,
                YLabel = y,
            }.ToSvg());
        }
    }

    private static string Name(RunRecord record) => ReportContent.ShortName(record.Output ?? record.Model);
}
