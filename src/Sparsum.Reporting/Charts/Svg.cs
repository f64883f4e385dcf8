using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>What all charts share: the frame with its accessible name, colours, marks, text.</summary>
internal static class Svg
{
    /// <summary>Colours that can be told apart by most people, readable on light and dark; a page may override them.</summary>
    private static readonly string[] Palette = ["#2f6fde", "#d9662b", "#1f9d78", "#a24bc4", "#c2931b", "#d1416f"];

    /// <summary>
    /// Width of every drawing in its own units: about that of a phone's page, where text then keeps its size. On wide pages drawings stand side
    /// by side.
    /// </summary>
    public const double Width = 360;

    /// <summary>Size of text in these units.</summary>
    public const double FontSize = 12;

    /// <summary>Opens a drawing that scales with the page.</summary>
    public static Markup Open(string title, string description, double height)
    {
        var svg = new Markup();
        svg.Open(
            "svg",
            ("xmlns", "http://www.w3.org/2000/svg"),
            ("class", "chart"),
            ("viewBox", $"0 0 {Figures.Coordinate(Width)} {Figures.Coordinate(height)}"),
            ("role", "img"),
            ("font-family", "system-ui, sans-serif"),
            ("font-size", "12"));
        svg.Element("title", title).Element("desc", description).Line();
        return svg;
    }

    /// <summary>The colour of a series.</summary>
    public static string Color(int index)
    {
        int place = index % Palette.Length;
        return $"var(--series-{place + 1}, {Palette[place]})";
    }

    /// <summary>Text at a point; <paramref name="anchor"/> is <c>start</c>, <c>middle</c> or <c>end</c>.</summary>
    public static Markup Label(this Markup svg, double x, double y, string text, string anchor = "start", double? rotation = null)
    {
        string transform = rotation is { } angle
            ? $"translate({Figures.Coordinate(x)} {Figures.Coordinate(y)}) rotate({Figures.Coordinate(angle)})"
            : $"translate({Figures.Coordinate(x)} {Figures.Coordinate(y)})";
        return svg.Element("text", text, ("transform", transform), ("text-anchor", anchor), ("fill", "var(--ink-2, #5a6372)")).Line();
    }

    /// <summary>A thin line of the grid.</summary>
    public static Markup GridLine(this Markup svg, double x1, double y1, double x2, double y2) => svg.Void(
        "line",
        ("x1", Figures.Coordinate(x1)),
        ("y1", Figures.Coordinate(y1)),
        ("x2", Figures.Coordinate(x2)),
        ("y2", Figures.Coordinate(y2)),
        ("stroke", "var(--grid, #d8dde6)")).Line();

    /// <summary>A mark whose shape, not colour alone, tells its series; with a tooltip.</summary>
    public static Markup Mark(this Markup svg, int series, double x, double y, string tooltip)
    {
        const double R = 4.5;
        (double X, double Y)[] corners = (series % 4) switch
        {
            1 => [(-R, -R), (R, -R), (R, R), (-R, R)],
            2 => [(0, -R * 1.2), (R * 1.2, R), (-R * 1.2, R)],
            3 => [(0, -R * 1.3), (R * 1.3, 0), (0, R * 1.3), (-R * 1.3, 0)],
            _ => [],
        };
        if (corners.Length == 0)
        {
            svg.Open("circle", ("cx", Figures.Coordinate(x)), ("cy", Figures.Coordinate(y)), ("r", "4.5"), ("fill", Color(series)));
        }
        else
        {
            var points = corners.Select(corner => $"{Figures.Coordinate(x + corner.X)},{Figures.Coordinate(y + corner.Y)}");
            svg.Open("polygon", ("points", string.Join(' ', points)), ("fill", Color(series)));
        }

        if (tooltip.Length > 0)
        {
            svg.Element("title", tooltip);
        }

        return svg.Close().Line();
    }

    /// <summary>
    /// A width that text does not exceed in the usual sans-serif fonts, of which DejaVu Sans and Verdana are the widest. Rounded up, so that
    /// what is placed by it is neither cut nor written over.
    /// </summary>
    public static double TextWidth(string text, double size = FontSize) => text.Sum(character => character switch
    {
        'i' or 'j' or 'l' or '|' or '.' or ',' or ':' or ';' or '\'' or '!' or ' ' or '\u00A0' or 'I' or 'f' or 't' or 'r' or '(' or ')' or '/' or '·' or '-' => 0.44,
        'm' or 'w' or 'M' or 'W' or '%' or '…' or '—' => 1.02,
        >= 'A' and <= 'Z' or '+' or '=' or '×' or '→' or '<' or '>' => 0.85,
        < '\u0250' => 0.66,
        _ => 1.05,
    }) * size;

    /// <summary>Shortens text to a width, in the middle, where file names differ least.</summary>
    public static string Fit(string text, double width)
    {
        int length = text.Length;
        while (length > 3 && TextWidth(Shorten(text, length)) > width)
        {
            length--;
        }

        return Shorten(text, length);
    }

    /// <summary>Shortens text in the middle, where file names differ least.</summary>
    private static string Shorten(string text, int length) =>
        text.Length <= length ? text : text[..(length / 3)] + "…" + text[^(length - (length / 3) - 1)..];
}
