using System.Globalization;
using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>A grid of coloured cells with their values, as an SVG drawing.</summary>
public sealed record HeatMap
{
    private const double Width = 720;
    private const double Top = 96;
    private const double CellHeight = 22;

    /// <summary>Narrowest range of colours, so that rounding does not look like a difference.</summary>
    private const double NarrowestRange = 0.1;

    private static readonly (int R, int G, int B) Low = (222, 235, 250);
    private static readonly (int R, int G, int B) High = (16, 62, 140);

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
        var (low, high) = Range();
        double left = 16 + Rows.Select(Svg.TextWidth).DefaultIfEmpty(0).Max();
        double cellWidth = Math.Min(88, (Width - left - 8) / Math.Max(1, Columns.Count));
        double bottom = Top + (Rows.Count * CellHeight);
        string description = $"{Rows.Count} rows, {Columns.Count} columns, from {Figures.Percent(low)} to {Figures.Percent(high)}";
        var svg = Svg.Open(Title, description, Width, bottom + 40);
        for (int column = 0; column < Columns.Count; column++)
        {
            svg.Label(left + ((column + 0.5) * cellWidth) + 3, Top - 8, Svg.Shorten(Columns[column], 18), "start", -35);
        }

        for (int row = 0; row < Rows.Count; row++)
        {
            double y = Top + (row * CellHeight);
            svg.Label(left - 8, y + 15, Rows[row], "end");
            for (int column = 0; column < Columns.Count; column++)
            {
                if (column < Values[row].Count && Values[row][column] is { } value && double.IsFinite(value))
                {
                    string tooltip = $"{Rows[row]}, {Columns[column]}: {Figures.Percent(value)}";
                    DrawCell(svg, left + (column * cellWidth), y, cellWidth, (value - low) / (high - low), value, tooltip);
                }
            }
        }

        DrawScale(svg, left, bottom + 14, low, high);
        return svg.Close().ToString();
    }

    private static void DrawCell(Markup svg, double x, double y, double width, double shade, double value, string tooltip)
    {
        svg.Open("g").Element("title", tooltip);
        svg.Void(
            "rect",
            ("x", Figures.Coordinate(x + 1)),
            ("y", Figures.Coordinate(y + 1)),
            ("width", Figures.Coordinate(width - 2)),
            ("height", Figures.Coordinate(CellHeight - 2)),
            ("rx", "2"),
            ("fill", Color(shade)));
        if (width >= 34)
        {
            svg.Element(
                "text",
                (value * 100).ToString("0.0", CultureInfo.InvariantCulture),
                ("x", Figures.Coordinate(x + (width / 2))),
                ("y", Figures.Coordinate(y + 15)),
                ("text-anchor", "middle"),
                ("font-size", "11"),
                ("fill", shade > 0.45 ? "#ffffff" : "#12233f"));
        }

        svg.Close().Line();
    }

    private static void DrawScale(Markup svg, double left, double y, double low, double high)
    {
        const int Steps = 24;
        const double StepWidth = 6;
        for (int step = 0; step < Steps; step++)
        {
            svg.Void(
                "rect",
                ("x", Figures.Coordinate(left + 56 + (step * StepWidth))),
                ("y", Figures.Coordinate(y)),
                ("width", Figures.Coordinate(StepWidth)),
                ("height", "12"),
                ("fill", Color(step / (Steps - 1.0))));
        }

        svg.Line().Label(left + 48, y + 11, Figures.Percent(low), "end");
        svg.Label(left + 64 + (Steps * StepWidth), y + 11, Figures.Percent(high));
    }

    private (double Low, double High) Range()
    {
        var values = Values.SelectMany(row => row).OfType<double>().Where(double.IsFinite).ToList();
        double low = values.Count == 0 ? 0 : values.Min();
        double high = values.Count == 0 ? 1 : values.Max();
        if (high - low < NarrowestRange)
        {
            double middle = Math.Clamp((low + high) / 2, NarrowestRange / 2, 1 - (NarrowestRange / 2));
            (low, high) = (middle - (NarrowestRange / 2), middle + (NarrowestRange / 2));
        }

        return (low, high);
    }

    private static string Color(double shade)
    {
        shade = Math.Clamp(shade, 0, 1);
        return $"#{Mix(Low.R, High.R):x2}{Mix(Low.G, High.G):x2}{Mix(Low.B, High.B):x2}";

        int Mix(int low, int high) => (int)Math.Round(low + (shade * (high - low)));
    }
}
