using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>Lines over two numeric axes, as an SVG drawing.</summary>
public sealed record LineChart
{
    private const double Width = 720;
    private const double Left = 64;
    private const double Right = 20;
    private const double LegendLine = 20;
    private const double PlotHeight = 300;

    /// <summary>The accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>The lines.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    /// <summary>Name of the horizontal axis.</summary>
    public required string XLabel { get; init; }

    /// <summary>Name of the vertical axis.</summary>
    public required string YLabel { get; init; }

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
        var legend = new Legend([.. Series.Select(line => line.Name)], Left, Width - Right, LegendLine);
        double top = legend.Height + 10;
        double bottom = top + PlotHeight;
        var points = series.SelectMany(line => line.Points).ToList();
        var x = new Axis([.. points.Select(point => point.X)], false, Left, Width - Right, IsXWhole);
        var y = new Axis([.. points.Select(point => point.Y)], IsLogarithmic, bottom, top);
        var svg = Svg.Open(Title, Describe(series), Width, bottom + 48);
        legend.Draw(svg);
        foreach (double tick in y.Ticks)
        {
            svg.GridLine(Left, y.Map(tick), Width - Right, y.Map(tick)).Label(Left - 8, y.Map(tick) + 4, Figures.Tick(tick), "end");
        }

        foreach (double tick in x.Ticks)
        {
            svg.GridLine(x.Map(tick), bottom, x.Map(tick), bottom + 5).Label(x.Map(tick), bottom + 19, FormatX(tick), "middle");
        }

        svg.Label((Left + Width - Right) / 2, bottom + 40, XLabel, "middle");
        svg.Label(14, (top + bottom) / 2, YLabel, "middle", -90);
        for (int i = 0; i < series.Count; i++)
        {
            Draw(svg, series[i], i, x, y);
        }

        return svg.Close().ToString();
    }

    private void Draw(Markup svg, ChartSeries line, int index, Axis x, Axis y)
    {
        var places = line.Points.Select(point => $"{Figures.Coordinate(x.Map(point.X))},{Figures.Coordinate(y.Map(point.Y))}");
        svg.Void(
            "polyline",
            ("points", string.Join(' ', places)),
            ("fill", "none"),
            ("stroke", Svg.Color(index)),
            ("stroke-width", "2"),
            ("stroke-linejoin", "round"),
            ("stroke-dasharray", (index / 4 % 2) == 1 ? "6 4" : "none")).Line();
        foreach (var (px, py) in line.Points)
        {
            svg.Mark(index, x.Map(px), y.Map(py), $"{line.Name}: {FormatX(px)}, {Figures.Number(py)}");
        }
    }

    private bool IsDrawable((double X, double Y) point) =>
        double.IsFinite(point.X) && double.IsFinite(point.Y) && (!IsLogarithmic || point.Y > 0);

    private string FormatX(double value) => IsXShare ? $"{Figures.Tick(value * 100)} %" : Figures.Tick(value);

    private string Describe(List<ChartSeries> series) => string.Join("; ", series.Select(line =>
        $"{line.Name}: {string.Join(", ", line.Points.Select(point => $"{FormatX(point.X)} → {Figures.Number(point.Y)}"))}"));
}
