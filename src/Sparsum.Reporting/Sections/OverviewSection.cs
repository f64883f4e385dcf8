using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>What a reader looks for first: a row for each model, the best and the worst side by side, and quality against size and time.</summary>
internal static class OverviewSection
{
    /// <summary>More names than these cannot be told apart in a drawing.</summary>
    private const int MostLabels = 24;

    public static Section Section { get; } = new("models", "Models", catalog => ModelFamily.Of(catalog).Count > 0, Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        foreach (var family in ModelFamily.Of(catalog))
        {
            page.Element("h3", family.Name).Line();
            Extremes.Write(page, family);
            WriteTable(page, family);
            WriteCharts(page, family);
        }
    }

    private static void WriteTable(Markup page, ModelFamily family)
    {
        var settings = family.Settings.Count > 0 ? family.Settings : [null!];
        bool isOne = settings.Count == 1;
        string[] qualities = family.Measures.Count == 0 ? ["#Quality"] : [.. family.Measures.Select(measure => "#" + Title(measure.Name))];
        string[] columns =
        [
            "Model", Tables.Method, "#Sparsity", .. qualities, "#Weights",
            .. settings.SelectMany(setting => new[] { "Prefill, ms", "Decode, ms", "Peak memory" }.Select(name => isOne ? $"#{name}" : $"#{name} ({setting.Short})")),
        ];
        page.Table(Caption(family), columns, family.Models.Select(model => (IReadOnlyList<Cell>)
        [
            model.Name,
            model.Method.Length > 0 ? model.Method : "not recorded",
            model.Sparsity is null ? Cell.NotMeasured : Figures.Percent(model.Sparsity),
            .. family.Measures.Count == 0 ? [Cell.NotMeasured] : family.Measures.Select(measure => Quality(model, measure)),
            Size(model),
            .. settings.SelectMany(setting => Times(model, setting)),
        ]));
    }

    private static string Caption(ModelFamily family)
    {
        var parts = family.Measures.Select(measure => $"{Title(measure.Name)}: {measure.Detail}, {(measure.IsLessBetter ? "less" : "more")} is better")
            .Concat(family.Settings.Select(setting => $"Times: {setting.Description}"))
            .ToList();
        return parts.Count == 0 ? "No evaluate or bench run measured these models" : string.Join(". ", parts) + (family.Settings.Count == 0 ? "." : ". Below a time: its middle half, and how many times faster than the baseline.");
    }

    private static Cell Quality(ModelEntry model, QualityMeasure measure)
    {
        string[] values = [.. Values(model, measure).Select(value => measure.Format(value)).Distinct()];
        return values.Length == 0 ? Cell.NotMeasured : string.Join("; ", values);
    }

    private static Cell Size(ModelEntry model) => model.Size is not var (bytes, kind) ? Cell.NotMeasured : new Cell(Figures.Bytes(bytes), kind switch
    {
        SizeKind.Tensors => "tensors alone",
        SizeKind.Folder => "whole folder",
        _ => "",
    });

    private static IEnumerable<Cell> Times(ModelEntry model, BenchSetting? setting)
    {
        var measured = model.Benchmarks.Where(entry => BenchSetting.Of(entry.Run) == setting).ToList();
        yield return Times(measured, item => item.Prefill);
        yield return Times(measured, item => item.Decode);
        yield return Range([.. measured.Select(entry => (double?)entry.Item.PeakBytes).OfType<double>()], bytes => Figures.Bytes((long)bytes));
    }

    private static Cell Times(List<(RunRecord Run, BenchmarkRecord Item)> measured, Func<BenchmarkRecord, TimesRecord?> kind)
    {
        var times = measured.Select(entry => (Times: kind(entry.Item), IsBaseline: IsBaseline(entry.Run, entry.Item))).Where(entry => entry.Times?.MedianMilliseconds is not null).ToList();
        if (times.Count == 0)
        {
            return Cell.NotMeasured;
        }

        string[] lows = [.. times.Select(entry => entry.Times!.LowerQuartileMilliseconds).OfType<double>().Order().Select(value => Figures.Number(value))];
        string[] highs = [.. times.Select(entry => entry.Times!.UpperQuartileMilliseconds).OfType<double>().Order().Select(value => Figures.Number(value))];
        var text = Range([.. times.Select(entry => entry.Times!.MedianMilliseconds!.Value)], value => Figures.Number(value)).Text;
        return new Cell(
            text,
            [
                lows.Length > 0 && highs.Length > 0 ? $"{lows[0]} – {highs[^1]}" : "",
                .. times.Select(entry => entry.IsBaseline ? "baseline" : Speed(entry.Times!)).Distinct(),
            ]);
    }

    private static string Speed(TimesRecord times) => times.Ratio is null ? ""
        : Ratios.Interval(times) is { Length: > 0 } interval ? $"{Ratios.Format(times)} ({interval})"
        : Ratios.Format(times);

    private static Cell Range(List<double> values, Func<double, string> format) => values.Count == 0 ? Cell.NotMeasured
        : format(values.Min()) == format(values.Max()) ? format(values.Min())
        : $"{format(values.Min())} – {format(values.Max())}";

    private static void WriteCharts(Markup page, ModelFamily family)
    {
        if (family.Measures is not [var measure, ..])
        {
            return;
        }

        string quality = measure.IsShare ? $"{measure.Name} in %" : measure.Name;
        page.Open("div", ("class", "figures")).Line();
        var (unit, unitName) = family.Sizes.Select(size => size.Bytes).DefaultIfEmpty(0).Max() switch { >= 1_000_000_000 => (1e9, "GB"), >= 1_000_000 => (1e6, "MB"), _ => (1e3, "kB") };
        var sizes = family.Sizes.ToDictionary(size => size.Model, size => size.Bytes / unit);
        Draw(page, family, measure, $"{Title(measure.Name)} against size", $"weights in {unitName}", quality, model => sizes.TryGetValue(model, out double size) ? [size] : []);
        foreach (var setting in family.Settings)
        {
            string suffix = family.Settings.Count == 1 ? "" : $", {setting.Short}";
            Draw(page, family, measure, $"{Title(measure.Name)} against latency: prefill{suffix}", "median of prefill in ms", quality, model => Medians(model, setting, item => item.Prefill));
            Draw(page, family, measure, $"{Title(measure.Name)} against latency: decode{suffix}", "median of decode in ms", quality, model => Medians(model, setting, item => item.Decode));
        }

        page.Close().Line();
    }

    private static List<double> Medians(ModelEntry model, BenchSetting setting, Func<BenchmarkRecord, TimesRecord?> kind) =>
    [
        .. model.Benchmarks.Where(entry => BenchSetting.Of(entry.Run) == setting).Select(entry => kind(entry.Item)?.MedianMilliseconds).OfType<double>(),
    ];

    private static void Draw(
        Markup page, ModelFamily family, QualityMeasure measure, string title, string xLabel, string yLabel, Func<ModelEntry, List<double>> across)
    {
        double scale = measure.IsShare ? 100 : 1;
        var series = family.Models
            .Select(model => (model.Method, Points: across(model).SelectMany(x => Values(model, measure).Where(double.IsFinite).Select(y => new ChartPoint(x, scale * y, model.Name))).ToList()))
            .Where(entry => entry.Points.Count > 0)
            .ToList();
        int models = series.Count;
        if (models < 2)
        {
            return;
        }

        var values = series.SelectMany(entry => entry.Points).Select(point => point.Y).ToList();
        var chart = new LineChart
        {
            Title = title,
            Series = [.. series.GroupBy(entry => entry.Method.Length > 0 ? entry.Method : "not recorded").Select(method => new ChartSeries(
                method.Key, [.. method.SelectMany(entry => entry.Points).Select(point => models <= MostLabels ? point : point with { Label = null })]))],
            XLabel = xLabel,
            YLabel = yLabel,
            IsCourse = false,
            IsLogarithmic = QualitySection.IsLogarithmic(values),
        };
        page.Figure($"{title}{(chart.IsLogarithmic ? "; logarithmic scale" : "")}", chart.ToSvg());
    }

    /// <summary>The figures of a model by one measure.</summary>
    internal static IEnumerable<double> Values(ModelEntry model, QualityMeasure measure) =>
        model.Qualities.Where(quality => quality.Measure == measure).Select(quality => quality.Value);

    /// <summary>Whether an item is what the others of its run are compared with.</summary>
    internal static bool IsBaseline(RunRecord run, BenchmarkRecord item) => run.Baseline == item.Model || (run.Baseline is null && run.Items.Count > 1 && run.Items[0] == item);

    private static string Title(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
