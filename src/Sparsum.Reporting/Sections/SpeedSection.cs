using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>Time, size and memory of the models that were benchmarked: a table for each setting, for other times cannot be compared.</summary>
internal static class SpeedSection
{
    public static Section Section { get; } = new("speed", "Speed and size", catalog => catalog.Records.Any(record => record.Items.Count > 0), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        foreach (var setting in catalog.Records.Where(record => record.Items.Count > 0).GroupBy(BenchSetting.Of))
        {
            var items = setting.SelectMany(record => record.Items.Select(item => (Run: record, Item: item, Model: catalog.Of(record, item)?.Name ?? "–"))).ToList();
            WriteTimes(page, "Whole sequences (prefill)", setting.Key, items, item => item.Prefill);
            WriteTimes(page, "One more token (decode)", setting.Key, items, item => item.Decode);
            page.Table(
                $"Size, memory, and how matrices were held while they were timed ({setting.Key.Description})",
                ["Model", "#Weights", "#Whole folder", "#Peak memory", "Matrices in memory"],
                items.Select(entry => (IReadOnlyList<Cell>)
                [
                    entry.Model,
                    entry.Item.WeightBytesOnDisk is null ? Cell.NotMeasured : Figures.Bytes(entry.Item.WeightBytesOnDisk),
                    entry.Item.BytesOnDisk is null ? Cell.NotMeasured : Figures.Bytes(entry.Item.BytesOnDisk),
                    entry.Item.PeakBytes is null ? Cell.NotMeasured : Figures.Bytes(entry.Item.PeakBytes),
                    entry.Item.Storages.Count == 0 ? "not recorded" : string.Join(", ", entry.Item.Storages.Select(storage => $"{Figures.Count(storage.Matrices)} {storage.Storage}")),
                ]));
            page.Open("div", ("class", "figures")).Line();
            Bars(page, "Throughput of prefill in tokens per second", items, item => item.Prefill?.TokensPerSecond, value => Figures.Number(value));
            Bars(page, "Throughput of decode in tokens per second", items, item => item.Decode?.TokensPerSecond, value => Figures.Number(value));
            Bars(page, "Size of the weights", [.. items.DistinctBy(entry => (entry.Model, entry.Item.WeightBytesOnDisk))], item => item.WeightBytesOnDisk, value => Figures.Bytes((long)value));
            page.Close().Line();
        }
    }

    private static void WriteTimes(
        Markup page, string title, BenchSetting setting, List<(RunRecord Run, BenchmarkRecord Item, string Model)> items, Func<BenchmarkRecord, TimesRecord?> kind)
    {
        if (items.TrueForAll(entry => kind(entry.Item)?.MedianMilliseconds is null))
        {
            return;
        }

        page.Table(
            $"{title}, times in milliseconds ({setting.Description})",
            ["Model", "#Median", "#Middle half", "#Fastest", "#Slowest", "#Tokens/s", "#Times faster", "#Interval"],
            items.Where(entry => kind(entry.Item) is not null).Select(entry => (Entry: entry, Times: kind(entry.Item)!)).Select(row => new[]
            {
                row.Entry.Model,
                Figures.Number(row.Times.MedianMilliseconds),
                $"{Figures.Number(row.Times.LowerQuartileMilliseconds)} – {Figures.Number(row.Times.UpperQuartileMilliseconds)}",
                Figures.Number(row.Times.MinMilliseconds),
                Figures.Number(row.Times.MaxMilliseconds),
                Figures.Number(row.Times.TokensPerSecond),
                OverviewSection.IsBaseline(row.Entry.Run, row.Entry.Item) ? "baseline" : Ratios.Format(row.Times),
                OverviewSection.IsBaseline(row.Entry.Run, row.Entry.Item) ? "" : Ratios.Interval(row.Times),
            }));
    }

    private static void Bars(
        Markup page,
        string title,
        List<(RunRecord Run, BenchmarkRecord Item, string Model)> items,
        Func<BenchmarkRecord, double?> value,
        Func<double, string> format)
    {
        var bars = items.Where(entry => value(entry.Item) is not null).Select(entry => (entry.Model, value(entry.Item)!.Value, format(value(entry.Item)!.Value))).ToList();
        if (bars.Count > 0)
        {
            page.Figure(title, new BarChart { Title = title, Bars = bars }.ToSvg());
        }
    }
}
