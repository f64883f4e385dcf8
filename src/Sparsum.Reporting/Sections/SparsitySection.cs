using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>Where the zeros are: by block for all runs together, by block and layer for each.</summary>
internal static class SparsitySection
{
    /// <summary>More drawings than these are there, but closed.</summary>
    private const int MostOpen = 12;

    public static Section Section { get; } = new("sparsity", "Sparsity", catalog => catalog.Records.Any(record => record.Blocks.Count > 0), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        var sparse = catalog.Records.Where(record => record.Blocks.Count > 0).ToList();
        page.Table(
            "Sparsity of the pruned matrices",
            ["Model", "Method", "#Sparsity", "#Least block", "#Most block", "#Blocks"],
            sparse.Select(record => new[]
            {
                catalog.NameOf(record),
                record.Method,
                Figures.Percent(record.Sparsity),
                Figures.Percent(record.Blocks.Min(block => block.Sparsity)),
                Figures.Percent(record.Blocks.Max(block => block.Sparsity)),
                Figures.Count(record.Blocks.Count),
            }));
        var perBlock = new LineChart
        {
            Title = "Sparsity by block",
            Series = [.. sparse.Select(record => ToSeries(catalog, record))],
            XLabel = "block",
            IsXWhole = true,
            YLabel = "sparsity in %",
        };
        page.Figure("Sparsity by block", perBlock.ToSvg());
        page.Element("p", "Share of zeros of every layer in percent: a row for each block, a column for each layer. All colours of this page are on one scale.").Line();
        page.Open("div", ("class", "figures")).Line();
        foreach (var (i, record) in sparse.Where(record => record.Blocks.Any(block => block.Layers.Count > 0)).Index())
        {
            page.Open("details", [.. i < MostOpen ? new[] { ("open", "open") } : []]).Element("summary", Label(catalog, record));
            page.Raw(ToHeatMap(catalog, record).ToSvg()).Close().Line();
        }

        page.Close().Line();
    }

    private static string Label(ModelCatalog catalog, RunRecord record)
    {
        string name = catalog.NameOf(record);
        return record.Method.Length == 0 ? name : $"{name} ({record.Method})";
    }

    private static ChartSeries ToSeries(ModelCatalog catalog, RunRecord record) =>
        new(catalog.NameOf(record), record.Blocks.Select(block => ((double)block.Index, block.Sparsity * 100)));

    private static HeatMap ToHeatMap(ModelCatalog catalog, RunRecord record)
    {
        var columns = record.Blocks.SelectMany(block => block.Layers).Select(layer => layer.Name).Distinct().ToList();
        return new HeatMap
        {
            Title = $"Sparsity of every layer of {catalog.NameOf(record)}",
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
