using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>Horizontal bars with their names above and their values behind them, as an SVG drawing.</summary>
public sealed record BarChart
{
    private const double RowHeight = 40;

    /// <summary>The accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>Name, length and printed value of each bar; a length that is not a positive finite number draws none.</summary>
    public required IReadOnlyList<(string Name, double Value, string Text)> Bars { get; init; }

    /// <summary>Value of a bar of full length; null takes the longest bar.</summary>
    public double? FullLength { get; init; }

    /// <summary>The drawing; the same bytes for the same content.</summary>
    public string ToSvg()
    {
        double full = FullLength ?? Bars.Select(bar => bar.Value).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        double room = Svg.Width - 12 - Bars.Select(bar => Svg.TextWidth(bar.Text)).DefaultIfEmpty(0).Max();
        string description = string.Join("; ", Bars.Select(bar => $"{bar.Name}: {bar.Text}"));
        var svg = Svg.Open(Title, description, (Bars.Count * RowHeight) + 4);
        foreach (var (i, (name, value, text)) in Bars.Index())
        {
            double y = i * RowHeight;
            double share = double.IsFinite(value) && full > 0 ? Math.Clamp(value / full, 0, 1) : 0;
            double length = share * room;
            svg.Label(0, y + 14, Svg.Fit(name, Svg.Width));
            svg.Open(
                "rect",
                ("x", "0"),
                ("y", Figures.Coordinate(y + 19)),
                ("width", Figures.Coordinate(length)),
                ("height", "15"),
                ("rx", "3"),
                ("fill", Svg.Color(0)));
            svg.Element("title", $"{name}: {text}").Close().Line();
            svg.Label(length + 6, y + 31, text);
        }

        return svg.Close().ToString();
    }
}
