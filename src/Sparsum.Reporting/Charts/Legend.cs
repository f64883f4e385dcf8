using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>The names of the series with their marks, in as many lines as they need.</summary>
internal sealed class Legend
{
    private readonly List<(string Name, double X, double Y)> entries = [];

    public Legend(IReadOnlyList<string> names, double left, double right, double lineHeight)
    {
        double x = left;
        double y = lineHeight;
        foreach (string full in names)
        {
            string name = Svg.Shorten(full, 60);
            double width = Svg.TextWidth(name) + 34;
            if (x > left && x + width > right)
            {
                x = left;
                y += lineHeight;
            }

            entries.Add((name, x, y));
            x += width;
        }

        Height = names.Count == 0 ? 0 : y + 4;
    }

    /// <summary>Pixels it takes at the top of the chart.</summary>
    public double Height { get; }

    /// <summary>Draws it.</summary>
    public void Draw(Markup svg)
    {
        for (int i = 0; i < entries.Count; i++)
        {
            svg.Mark(i, entries[i].X + 6, entries[i].Y - 4, "").Label(entries[i].X + 18, entries[i].Y, entries[i].Name);
        }
    }
}
