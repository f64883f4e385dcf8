using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>Perplexity before and after, one table and plot for each data set and protocol, for other figures cannot be compared.</summary>
internal static class QualitySection
{
    /// <summary>Ratio of largest to smallest perplexity from which the plot is logarithmic.</summary>
    private const double LogarithmicFrom = 10;

    public static IEnumerable<IGrouping<(string? Data, string? Protocol, long? Window), RunRecord>> Groups(ReportContent content) =>
        content.Evaluations.GroupBy(record => (record.DataSha256, record.Protocol, record.Window));

    public static void Write(Markup page, ReportContent content)
    {
        if (content.Evaluations.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Quality").Line();
        foreach (var group in Groups(content))
        {
            WriteGroup(page, content, [.. group]);
        }

        page.Close().Line();
    }

    private static void WriteGroup(Markup page, ReportContent content, List<RunRecord> records)
    {
        var first = records[0];
        string protocol = $"protocol {first.Protocol ?? "unknown"}, window {Figures.Count(first.Window)}, data {Short(first.DataSha256)}";
        double? dense = records.FirstOrDefault(record => content.SparsityOf(record.Model) == 0)?.Perplexity;
        page.Table(
            $"Perplexity ({protocol}); lower is better",
            ["Model", "Method", "#Sparsity", "#Perplexity", "#Against dense", "#Tokens"],
            records.Select(record => new[]
            {
                ReportContent.ShortName(record.Model),
                content.MethodOf(record.Model),
                Figures.Percent(content.SparsityOf(record.Model)),
                record.Perplexity is null ? "not finite" : Figures.Number(record.Perplexity),
                dense is null ? "–" : Figures.Ratio(record.Perplexity / dense),
                Figures.Count(record.Tokens),
            }));
        var series = ToSeries(content, records);
        var values = series.SelectMany(line => line.Points).Select(point => point.Y).ToList();
        if (values.Count < 2)
        {
            return;
        }

        var chart = new LineChart
        {
            Title = "Perplexity against sparsity",
            Series = series,
            XLabel = "sparsity of the pruned matrices",
            YLabel = "perplexity",
            IsXShare = true,
            IsLogarithmic = values.Min() > 0 && values.Max() / values.Min() > LogarithmicFrom,
        };
        page.Figure($"Perplexity against sparsity ({protocol}){(chart.IsLogarithmic ? "; logarithmic scale" : "")}", chart.ToSvg());
    }

    /// <summary>One line per method; the dense point begins each.</summary>
    private static List<ChartSeries> ToSeries(ReportContent content, List<RunRecord> records)
    {
        var points = records
            .Where(record => record.Perplexity is not null && content.SparsityOf(record.Model) is not null)
            .Select(record => (
                Method: content.MethodOf(record.Model),
                X: content.SparsityOf(record.Model)!.Value,
                Y: record.Perplexity!.Value))
            .ToList();
        var dense = points.Where(point => point.X == 0).Select(point => (point.X, point.Y)).Take(1).ToList();
        return
        [
            .. points.Where(point => point.X > 0)
                .GroupBy(point => point.Method.Length > 0 ? point.Method : "other")
                .Select(method => new ChartSeries(method.Key, [.. dense, .. method.Select(point => (point.X, point.Y))])),
        ];
    }

    private static string Short(string? sha256) => sha256 is null ? "unknown" : $"sha256 {sha256[..Math.Min(12, sha256.Length)]}…";
}
