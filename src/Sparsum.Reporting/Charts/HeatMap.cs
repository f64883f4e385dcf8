using System.Globalization;
using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>
/// A grid of coloured cells with their values, as an SVG drawing. The colours go from 0 to 100 % in every drawing, so that those of one page, and of
/// two pages, can be compared.
/// </summary>
public sealed record HeatMap
{
    private const double CellHeight = 22;
    private const double WidestCell = 56;
    private const double CellFont = 11;
    private const double LongestName = 150;

    private static readonly (int R, int G, int B) None = (222, 235, 250);
    private static readonly (int R, int G, int B) All = (16, 62, 140);

    /// <summary>The accessible name.</summary>
    public required string Title { get; init; }

    /// <summary>Names of the rows, from above.</summary>
    public required IReadOnlyList<string> Rows { get; init; }

    /// <summary>Names of the columns, from the left.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The shares <c>[row][column]</c> in 0–1; null leaves a cell empty.</summary>
    public required IReadOnlyList<IReadOnlyList<double?>> Values { get; init; }

    /// <summary>The drawing; the same bytes for the same content.</summary>
    public string ToSvg()
    {
        string[] rows = [.. Rows.Select(name => Svg.Fit(name, Svg.Width / 3))];
        string[] columns = [.. Columns.Select(name => Svg.Fit(name, LongestName))];
        double left = 8 + rows.Select(name => Svg.TextWidth(name)).DefaultIfEmpty(0).Max();
        double top = 10 + columns.Select(name => Svg.TextWidth(name)).DefaultIfEmpty(0).Max();
        double width = Math.Min(WidestCell, (Svg.Width - left - 2) / Math.Max(1, columns.Length));
        double bottom = top + (rows.Length * CellHeight);
        var svg = Svg.Open(Title, $"{rows.Length} rows, {columns.Length} columns, colours from 0 to 100 %", bottom + 36);

        // Names of narrow columns would run into each other, so only some have one.
        int every = (int)Math.Ceiling((Svg.FontSize + 4) / width);
        for (int column = 0; column < columns.Length; column += every)
        {
            svg.Label(left + ((column + 0.5) * width) + 4, top - 5, columns[column], "start", -90);
        }

        foreach (var (row, name) in rows.Index())
        {
            double y = top + (row * CellHeight);
            svg.Label(left - 6, y + 15, name, "end");
            for (int column = 0; column < columns.Length; column++)
            {
                if (column < Values[row].Count && Values[row][column] is { } value && double.IsFinite(value))
                {
                    DrawCell(svg, left + (column * width), y, width, value, $"{Rows[row]}, {Columns[column]}: {Figures.Percent(value)}");
                }
            }
        }

        DrawScale(svg, bottom + 12);
        return svg.Close().ToString();
    }

    private static void DrawCell(Markup svg, double x, double y, double width, double value, string tooltip)
    {
        svg.Open("g").Element("title", tooltip);
        double gap = width > 6 ? 1 : 0;
        var (fill, ink) = Colors(value);
        svg.Void(
            "rect",
            ("x", Figures.Coordinate(x + gap)),
            ("y", Figures.Coordinate(y + 1)),
            ("width", Figures.Coordinate(width - (2 * gap))),
            ("height", Figures.Coordinate(CellHeight - 2)),
            ("rx", width > 12 ? "2" : "0"),
            ("fill", fill));
        string? text = ((string[])["0.0", "0"]).Select(format => (value * 100).ToString(format, CultureInfo.InvariantCulture))
            .FirstOrDefault(text => Svg.TextWidth(text, CellFont) <= width - 2);
        if (text is not null)
        {
            svg.Element(
                "text",
                text,
                ("x", Figures.Coordinate(x + (width / 2))),
                ("y", Figures.Coordinate(y + 15)),
                ("text-anchor", "middle"),
                ("font-size", Figures.Coordinate(CellFont)),
                ("fill", ink));
        }

        svg.Close().Line();
    }

    private static void DrawScale(Markup svg, double y)
    {
        const int Steps = 20;
        const double StepWidth = 6;
        const double Left = 34;
        for (int step = 0; step < Steps; step++)
        {
            svg.Void(
                "rect",
                ("x", Figures.Coordinate(Left + (step * StepWidth))),
                ("y", Figures.Coordinate(y)),
                ("width", Figures.Coordinate(StepWidth)),
                ("height", "12"),
                ("fill", Colors(step / (Steps - 1.0)).Fill));
        }

        svg.Line().Label(Left - 6, y + 11, "0 %", "end");
        svg.Label(Left + 6 + (Steps * StepWidth), y + 11, "100 %");
    }

    /// <summary>The colour of a share, and the one of black and white that can be read on it: at least 4.58 to 1 whatever the share.</summary>
    private static (string Fill, string Ink) Colors(double share)
    {
        share = Math.Clamp(share, 0, 1);
        int r = Mix(None.R, All.R), g = Mix(None.G, All.G), b = Mix(None.B, All.B);
        double luminance = (0.2126 * Linear(r)) + (0.7152 * Linear(g)) + (0.0722 * Linear(b));
        return ($"#{r:x2}{g:x2}{b:x2}", luminance > 0.179 ? "#000000" : "#ffffff");

        int Mix(int none, int all) => (int)Math.Round(none + (share * (all - none)));
        static double Linear(int channel) => channel / 255.0 is var value && value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
