using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>Time, size and memory of the models that were benchmarked.</summary>
internal static class SpeedSection
{
    private static readonly string[] Settings = ["kind", "batch", "length", "runs", "storage", "threads"];

    public static void Write(Markup page, ReportContent content)
    {
        if (content.Benchmarks.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Speed and size").Line();
        foreach (var record in content.Benchmarks)
        {
            WriteRun(page, record);
        }

        page.Close().Line();
    }

    private static void WriteRun(Markup page, RunRecord record)
    {
        var settings = Settings.Where(name => record.Option(name) is not null).Select(name => $"{name} {record.Option(name)}");
        string setting = string.Join(", ", settings);
        page.Table(
            $"Latency, size and memory{(setting.Length == 0 ? "" : $" ({setting})")}",
            ["Model", "#Median ms", "#Min ms", "#Max ms", "#Tokens/s", "#Against baseline", "#On disk", "#Peak memory"],
            record.Items.Select((item, i) => new[]
            {
                Name(item),
                Figures.Number(item.MedianMilliseconds),
                Figures.Number(item.MinMilliseconds),
                Figures.Number(item.MaxMilliseconds),
                Figures.Number(item.TokensPerSecond),
                i > 0 && item.IsDifferent == false ? SummarySection.NotMeasurable : Figures.Ratio(item.Ratio),
                Figures.Bytes(item.BytesOnDisk),
                Figures.Bytes(item.PeakBytes),
            }));
        Bars(page, "Throughput in tokens per second", record, item => item.TokensPerSecond, item => Figures.Number(item.TokensPerSecond));
        Bars(page, "Size on disk", record, item => item.BytesOnDisk, item => Figures.Bytes(item.BytesOnDisk));
    }

    private static void Bars(
        Markup page, string title, RunRecord record, Func<BenchmarkRecord, double?> value, Func<BenchmarkRecord, string> text)
    {
        if (record.Items.Any(item => value(item) is not null))
        {
            var bars = record.Items.Select(item => (Name(item), value(item) ?? 0, text(item)));
            page.Figure(title, new BarChart { Title = title, Bars = [.. bars] }.ToSvg());
        }
    }

    private static string Name(BenchmarkRecord item) =>
        item.Kind is null ? ReportContent.ShortName(item.Model) : $"{ReportContent.ShortName(item.Model)}, {item.Kind}";
}
