using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;

namespace Sparsum.Reporting.Sections;

/// <summary>How the loss fell in runs that trained.</summary>
internal static class TrainingSection
{
    /// <summary>Enough to see the course; every point has a mark.</summary>
    private const int MostPoints = 40;

    public static Section Section { get; } = new("training", "Training", catalog => catalog.Records.Any(record => record.Curve.Count > 0), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        var trained = catalog.Records.Where(record => record.Curve.Count > 0).ToList();
        page.Table(
            "Runs that trained",
            ["Model", "Method", "#Steps", "#Seconds", "#First loss", "#Last loss", "#Validation perplexity"],
            trained.Select(record => new[]
            {
                catalog.NameOf(record),
                record.Method,
                Figures.Count(record.Steps),
                Figures.Number(record.TrainSeconds),
                Figures.Number(record.Curve[0].Loss),
                Figures.Number(record.Curve[^1].Loss),
                Figures.Number(record.ValidationPerplexity),
            }));
        var chart = new LineChart
        {
            Title = "Training loss",
            Series = [.. trained.Select(record => new ChartSeries(catalog.NameOf(record), Thin(record.Curve)))],
            XLabel = "optimiser step",
            YLabel = "loss",
        };
        page.Figure("Training loss, mean over stretches of steps", chart.ToSvg());
    }

    private static List<(double, double)> Thin(IReadOnlyList<(double Step, double Loss)> curve) =>
    [
        .. curve.Chunk((curve.Count + MostPoints - 1) / MostPoints).Select(part => (part[^1].Step, part.Average(point => point.Loss))),
    ];
}
