using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>Where the zeros are: by block for all runs together, by block and layer for each.</summary>
internal static class SparsitySection
{
    public static void Write(Markup page, ReportContent content)
    {
        if (content.Sparse.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Sparsity").Line();
        page.Table(
            "Sparsity of the pruned matrices",
            ["Model", "Method", "#Sparsity", "#Least block", "#Most block", "#Blocks"],
            content.Sparse.Select(record => new[]
            {
                ReportContent.ShortName(record.Output ?? record.Model),
                record.Method,
                Figures.Percent(record.Sparsity),
                Figures.Percent(record.Blocks.Min(block => block.Sparsity)),
                Figures.Percent(record.Blocks.Max(block => block.Sparsity)),
                Figures.Count(record.Blocks.Count),
            }));
        var perBlock = new LineChart
        {
            Title = "Sparsity by block",
            Series = [.. content.Sparse.Select(ToSeries)],
            XLabel = "block",
            IsXWhole = true,
            YLabel = "sparsity in %",
        };
        page.Figure("Sparsity by block", perBlock.ToSvg());
        foreach (var record in content.Sparse.Where(record => record.Blocks.Any(block => block.Layers.Count > 0)))
        {
            page.Open("details", ("open", "open")).Element("summary", $"{Label(record)}: sparsity of every layer");
            page.Figure("Share of zeros in percent, one row per block, one column per layer", ToHeatMap(record).ToSvg()).Close().Line();
        }

        page.Close().Line();
    }

    private static string Label(RunRecord record)
    {
        string name = ReportContent.ShortName(record.Output ?? record.Model);
        return record.Method.Length == 0 ? name : $"{name} ({record.Method})";
    }

    private static ChartSeries ToSeries(RunRecord record) =>
        new(Label(record), [.. record.Blocks.Select(block => ((double)block.Index, block.Sparsity * 100))]);

    private static HeatMap ToHeatMap(RunRecord record)
    {
        var columns = record.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Name).Distinct().ToList();
        return new HeatMap
        {
            Title = $"Sparsity of every layer of {ReportContent.ShortName(record.Output ?? record.Model)}",
            Rows = [.. record.Blocks.Select(block => $"block {block.Index}")],
            Columns = columns,
            Values =
            [
                .. record.Blocks.Select(block => columns
                    .Select(column => block.Layers.FirstOrDefault(layer => layer.Name == column)?.Sparsity)
                    .ToList()),
            ],
        };
    }
}
