using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
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

    /// <summary>Runs whose quality is within so many points of the best compete for the frontier.</summary>
    private const double Band = 1;

    /// <summary>Of more montages than these, those that are nearest to <see cref="MontageSparsities"/> are shown.</summary>
    private const int MostMontages = 12;

    /// <summary>How far off those may be.</summary>
    private const double MontageReach = 0.1;

    /// <summary>More names than these cannot be told apart in a drawing.</summary>
    private const int MostLabels = 24;

    /// <summary>The sparsities at which the paper shows where zeros are.</summary>
    private static readonly double[] MontageSparsities = [0.25, 0.5, 0.9];

    public static Section Section { get; } = new("topology", "Topology", catalog => catalog.Records.Any(record => record.Topology is not null), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        var runs = catalog.Records.Where(record => record.Topology is not null).ToList();
        page.Table(
            "What is left of connections and heads",
            ["Model", "Method", "#Sparsity", "#sd of connectivity", "#Heads", "#Importance of removed heads"],
            runs.Select(run => new[]
            {
                catalog.NameOf(run),
                run.Method,
                Figures.Percent(run.RegularisedSparsity),
                Figures.Number(run.Topology!.DegreeDeviation),
                Figures.Count(run.HeadsLeft),
                Figures.Number(run.Topology.RelativeImportance),
            }));
        page.Open("div", ("class", "figures")).Line();
        WriteDegrees(page, catalog, runs);
        WriteHeads(page, catalog, runs);
        WriteRemovals(page, catalog, runs);
        foreach (var task in runs.Where(run => run.Task is not null && run.Score is not null).GroupBy(run => run.Task!))
        {
            WriteCosts(page, catalog, task.Key, [.. task]);
        }

        page.Close().Line();
        WriteMontages(page, catalog, runs);
    }

    /// <summary>Where the zeros of attention are: a row for each module, a column for each head.</summary>
    private static void WriteMontages(Markup page, ModelCatalog catalog, List<RunRecord> runs)
    {
        var shown = runs.Where(run => run.Topology!.HeadZeros.Count > 0 && run.RegularisedSparsity is not null).ToList();
        if (shown.Count > MostMontages)
        {
            shown = [.. shown.GroupBy(run => run.Method).SelectMany(method => MontageSparsities
                .Select(sparsity => method.MinBy(run => Math.Abs(run.RegularisedSparsity!.Value - sparsity))!)
                .Zip(MontageSparsities, (run, sparsity) => (Run: run, Distance: Math.Abs(run.RegularisedSparsity!.Value - sparsity)))
                .Where(nearest => nearest.Distance <= MontageReach)
                .Select(nearest => nearest.Run).Distinct())];
        }

        if (shown.Count == 0)
        {
            return;
        }

        page.Element("p", "Share of zeros among the query, key and value weights of every head in percent, 100 where the head is gone: a row for each attention module, a column for each head of the dense model.").Line();
        page.Open("div", ("class", "figures")).Line();
        foreach (var run in shown)
        {
            string title = $"Zeros by head of {catalog.NameOf(run)} ({run.Method}, {Figures.Percent(run.RegularisedSparsity)} sparse)";
            var modules = run.Topology!.HeadZeros;
            page.Figure(title, new HeatMap
            {
                Title = title,
                Rows = [.. modules.Select(module => module.Module)],
                Columns = [.. Enumerable.Range(0, modules.Max(module => module.Shares.Count)).Select(head => $"head {head}")],
                Values = [.. modules.Select(module => module.Shares.Select(share => (double?)share).ToList())],
            }.ToSvg());
        }

        page.Close().Line();
    }

    private static void WriteDegrees(Markup page, ModelCatalog catalog, List<RunRecord> runs)
    {
        var series = runs.Where(run => run.Topology!.Degrees.Sum() > 0).Select(run => new ChartSeries(catalog.NameOf(run), Degrees(run.Topology!.Degrees))).ToList();
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

    private static void WriteHeads(Markup page, ModelCatalog catalog, List<RunRecord> runs)
    {
        var cut = runs.Where(run => run.Topology!.Removed.Count > 0).ToList();
        if (cut.Count > 0)
        {
            page.Figure("Heads that are left in each attention module", new LineChart
            {
                Title = "Heads by module",
                Series = [.. cut.Select(run => new ChartSeries(catalog.NameOf(run), run.Topology!.HeadsLeft.Select((count, module) => ((double)module, (double)count))))],
                XLabel = "attention module",
                IsXWhole = true,
                YLabel = "heads",
            }.ToSvg());
        }
    }

    /// <summary>How often each head goes, over the runs of one model that removed enough.</summary>
    private static void WriteRemovals(Markup page, ModelCatalog catalog, List<RunRecord> runs)
    {
        foreach (var model in runs.Where(run => run.Topology!.Removed.Count >= FewestRemoved).GroupBy(catalog.InputNameOf))
        {
            string[] modules = [.. model.SelectMany(run => run.Topology!.Removed).Select(head => head.Module).Distinct().Order(StringComparer.Ordinal)];
            int heads = (int)model.SelectMany(run => run.Topology!.Removed).Max(head => head.Head) + 1;
            page.Figure(
                $"Share of {model.Count()} runs of {model.Key} that removed each head, of modules that lost any; runs with at least {FewestRemoved} heads gone",
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

    private static void WriteCosts(Markup page, ModelCatalog catalog, string task, List<RunRecord> runs)
    {
        var measure = new QualityMeasure(runs.SelectMany(run => run.Metrics).Select(metric => metric.Name).FirstOrDefault() ?? "", task);
        string score = measure.IsShare ? "score in %" : measure.Name;
        Draw(page, catalog, runs, $"{task}: quality by sparsity", "sparsity in %", score, run => run.RegularisedSparsity * 100, Quality);
        Draw(page, catalog, runs, $"{task}: quality by heads", "heads left", score, run => run.HeadsLeft, Quality);
        Draw(page, catalog, runs, $"{task}: training time by sparsity", "sparsity in %", "seconds", run => run.RegularisedSparsity * 100, run => run.TrainSeconds);
        Draw(page, catalog, runs, $"{task}: training time by heads", "heads left", "seconds", run => run.HeadsLeft, run => run.TrainSeconds);
        foreach (var setting in runs.SelectMany(run => Times(catalog, run)).GroupBy(time => time.Setting))
        {
            var times = setting.GroupBy(time => time.Run).ToDictionary(run => run.Key, run => run.First().Milliseconds);
            string title = $"{task}: inference time";
            string label = $"milliseconds ({setting.Key.Short} tokens)";
            Draw(page, catalog, [.. times.Keys], $"{title} by sparsity, {setting.Key.Description}", "sparsity in %", label, run => run.RegularisedSparsity * 100, run => times[run]);
            Draw(page, catalog, [.. times.Keys], $"{title} by heads, {setting.Key.Description}", "heads left", label, run => run.HeadsLeft, run => times[run]);
        }

        double best = runs.Max(run => Quality(run)!.Value);
        var band = runs.Where(run => Quality(run) >= best - Band).ToList();
        Draw(
            page,
            catalog,
            [.. band.Where(run => !band.Any(other => other.Method == run.Method && Beats(other, run)))],
            $"{task}: efficient frontier, of runs within one point of the best",
            "heads left",
            "sparsity in %",
            run => run.HeadsLeft,
            run => run.RegularisedSparsity * 100);

        double? Quality(RunRecord run) => measure.IsShare ? run.Score * 100 : run.Score;
    }

    /// <summary>How long a pass of the model of a run takes, compacted where that was measured.</summary>
    private static IEnumerable<(RunRecord Run, BenchSetting Setting, double Milliseconds)> Times(ModelCatalog catalog, RunRecord run)
    {
        var trained = catalog.Of(run);
        var compacted = catalog.Entries.Where(entry => entry.Base == trained && entry.Writer?.Command == "compact");
        return compacted.Append(trained).OfType<ModelEntry>()
            .SelectMany(entry => entry.Benchmarks)
            .Where(entry => entry.Item.Prefill?.MedianMilliseconds is not null)
            .Select(entry => (run, BenchSetting.Of(entry.Run), entry.Item.Prefill!.MedianMilliseconds!.Value));
    }

    /// <summary>As few heads and as many zeros, one of them better.</summary>
    private static bool Beats(RunRecord run, RunRecord other) =>
        run.HeadsLeft <= other.HeadsLeft && run.RegularisedSparsity >= other.RegularisedSparsity
        && (run.HeadsLeft < other.HeadsLeft || run.RegularisedSparsity > other.RegularisedSparsity);

    private static void Draw(
        Markup page, ModelCatalog catalog, List<RunRecord> runs, string title, string x, string y, Func<RunRecord, double?> across, Func<RunRecord, double?> up)
    {
        var points = runs.Where(run => across(run) is not null && up(run) is not null).ToList();
        if (points.Count >= 2)
        {
            page.Figure(title, new LineChart
            {
                Title = title,
                Series = [.. points.GroupBy(run => run.Method).Select(method =>
                    new ChartSeries(method.Key, [.. method.Select(run => new ChartPoint(across(run)!.Value, up(run)!.Value, points.Count <= MostLabels ? catalog.NameOf(run) : null))]))],
                IsCourse = false,
                XLabel = x,
                YLabel = y,
            }.ToSvg());
        }
    }
}
