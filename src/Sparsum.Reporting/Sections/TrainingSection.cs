using Sparsum.Reporting.Charts;
using Sparsum.Reporting.Html;
using Sparsum.Reporting.Records;

namespace Sparsum.Reporting.Sections;

/// <summary>How the loss fell in runs that trained.</summary>
internal static class TrainingSection
{
    /// <summary>Enough to see the course; every point has a mark.</summary>
    private const int MostPoints = 40;

    public static void Write(Markup page, ReportContent content)
    {
        if (content.Trained.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Training").Line();
        page.Table(
            "Runs that trained",
            ["Model", "Method", "#Steps", "#Seconds", "#First loss", "#Last loss", "#Validation perplexity"],
            content.Trained.Select(record => new[]
            {
                Name(record),
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
            Series = [.. content.Trained.Select(record => new ChartSeries(Name(record), Thin(record.Curve)))],
            XLabel = "optimiser step",
            YLabel = "loss",
        };
        page.Figure("Training loss, mean over stretches of steps", chart.ToSvg());
        page.Close().Line();
    }

    private static string Name(RunRecord record) => ReportContent.ShortName(record.Output ?? record.Model);

    private static List<(double, double)> Thin(IReadOnlyList<(double Step, double Loss)> curve) =>
    [
        .. curve.Chunk((curve.Count + MostPoints - 1) / MostPoints).Select(part => (part[^1].Step, part.Average(point => point.Loss))),
    ];
}
