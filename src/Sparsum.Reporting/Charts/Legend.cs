using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>The names of the series with their marks, in as many lines as they need.</summary>
internal sealed class Legend
{
    private const double MarkWidth = 18;
    private const double Gap = 14;
    private const double LineHeight = 19;

    private readonly List<(string Name, string Full, double X, double Y)> entries = [];

    public Legend(IReadOnlyList<string> names)
    {
        double x = 4;
        double y = LineHeight - 4;
        foreach (string full in names)
        {
            string name = Svg.Fit(full, Svg.Width - MarkWidth - 8);
            double width = MarkWidth + Svg.TextWidth(name);
            if (x > 4 && x + width > Svg.Width)
            {
                (x, y) = (4, y + LineHeight);
            }

            entries.Add((name, full, x, y));
            x += width + Gap;
        }

        Height = names.Count == 0 ? 0 : y + 6;
    }

    /// <summary>Units that it takes at the top of the chart.</summary>
    public double Height { get; }

    /// <summary>Draws it.</summary>
    public void Draw(Markup svg)
    {
        foreach (var (i, (name, full, x, y)) in entries.Index())
        {
            svg.Mark(i, x + 6, y - 4, full).Label(x + MarkWidth, y, name);
        }
    }
}
