using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>
/// Points over two numeric axes, as an SVG drawing. Lines join the points of a series that is a course, such as a loss by step; points that are
/// single measurements stay apart, for nothing was measured between them.
/// </summary>
public sealed record LineChart
{
    /// <summary>The accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>The series.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Name of the horizontal axis.</summary>
    public required string XLabel { get; init; }

    /// <summary>Name of the vertical axis.</summary>
    public required string YLabel { get; init; }

    /// <summary>Whether lines join the points of a series.</summary>
    public bool IsCourse { get; init; } = true;

    /// <summary>Whether equal vertical distances are equal ratios.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>Whether horizontal values are shares, to be written as percentages.</summary>
    public bool IsXShare { get; init; }

    /// <summary>Whether horizontal values are whole numbers, such as places in a model.</summary>
    public bool IsXWhole { get; init; }

    /// <summary>The drawing; the same bytes for the same content.</summary>
    public string ToSvg()
    {
        var series = Series.Select(line => line with { Points = [.. line.Points.Where(IsDrawable).OrderBy(point => point.X)] }).ToList();
        var points = series.SelectMany(line => line.Points).ToList();
        var frame = new PlotFrame(
            [.. Series.Select(line => line.Name)],
            ([.. points.Select(point => point.X)], FormatX),
            [.. points.Select(point => point.Y)],
            IsLogarithmic,
            IsXWhole);
        var svg = Svg.Open(Title, Describe(series), frame.Height);
        frame.Draw(svg, XLabel, YLabel);
        foreach (var (i, line) in series.Index())
        {
            if (IsCourse && line.Points.Count > 1)
            {
                DrawLine(svg, line, i, frame);
            }

            foreach (var point in line.Points)
            {
                string tooltip = $"{point.Label ?? line.Name}: {FormatX(point.X)}, {Figures.Number(point.Y)}";
                svg.Mark(i, frame.X.Map(point.X), frame.Y.Map(point.Y), tooltip);
            }
        }

        var labels = new PointLabels(frame, series.SelectMany(line => line.Points));
        labels.Draw(svg);
        return svg.Close().ToString();
    }

    private static void DrawLine(Markup svg, ChartSeries line, int index, PlotFrame frame)
    {
        var places = line.Points.Select(point => $"{Figures.Coordinate(frame.X.Map(point.X))},{Figures.Coordinate(frame.Y.Map(point.Y))}");
        svg.Void(
            "polyline",
            ("points", string.Join(' ', places)),
            ("fill", "none"),
            ("stroke", Svg.Color(index)),
            ("stroke-width", "2"),
            ("stroke-linejoin", "round")).Line();
    }

    private bool IsDrawable(ChartPoint point) =>
        double.IsFinite(point.X) && double.IsFinite(point.Y) && (!IsLogarithmic || point.Y > 0);

    private string FormatX(double value) => IsXShare ? $"{Figures.Tick(value * 100)}\u00A0%" : Figures.Tick(value);

    private string Describe(List<ChartSeries> series) => string.Join("; ", series.Select(line =>
        $"{line.Name}: {string.Join(", ", line.Points.Select(point => $"{FormatX(point.X)} → {Figures.Number(point.Y)}"))}"));
}
