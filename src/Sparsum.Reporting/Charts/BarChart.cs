using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>Horizontal bars with their names and values, as an SVG drawing.</summary>
public sealed record BarChart
{
    private const double Width = 720;
    private const double RowHeight = 26;
    private const double Right = 96;
    private const int LongestName = 34;

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
        double left = 12 + Bars.Select(bar => Svg.TextWidth(Svg.Shorten(bar.Name, LongestName))).DefaultIfEmpty(0).Max();
        string description = string.Join("; ", Bars.Select(bar => $"{bar.Name}: {bar.Text}"));
        var svg = Svg.Open(Title, description, Width, (Bars.Count * RowHeight) + 12);
        for (int i = 0; i < Bars.Count; i++)
        {
            var (name, value, text) = Bars[i];
            double y = 6 + (i * RowHeight);
            double share = double.IsFinite(value) && full > 0 ? Math.Clamp(value / full, 0, 1) : 0;
            double length = share * (Width - Right - left);
            svg.Label(left - 8, y + 17, Svg.Shorten(name, LongestName), "end");
            svg.Open(
                "rect",
                ("x", Figures.Coordinate(left)),
                ("y", Figures.Coordinate(y + 4)),
                ("width", Figures.Coordinate(length)),
                ("height", Figures.Coordinate(RowHeight - 8)),
                ("rx", "3"),
                ("fill", Svg.Color(0)));
            svg.Element("title", $"{name}: {text}").Close().Line();
            svg.Label(left + length + 8, y + 17, text);
        }

        return svg.Close().ToString();
    }
}
