using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>Names beside points, each where it touches no mark and no other name; one without such a place is left to the tooltip.</summary>
internal sealed class PointLabels(PlotFrame frame, IEnumerable<ChartPoint> points)
{
    private const double Size = 11;
    private const double MarkRadius = 6;
    private const double Ascent = 10;
    private const double Descent = 3;

    private readonly List<ChartPoint> all = [.. points];

    public void Draw(Markup svg)
    {
        var taken = all.Select(point => Around(frame.X.Map(point.X), frame.Y.Map(point.Y))).ToList();
        foreach (var point in all.Where(point => point.Label is not null).DistinctBy(point => point.Label))
        {
            double x = frame.X.Map(point.X);
            double y = frame.Y.Map(point.Y);
            double width = Svg.TextWidth(point.Label!, Size);
            (double Left, double Baseline)[] places =
            [
                (x + MarkRadius + 3, y + 4), (x - MarkRadius - 3 - width, y + 4), (x - (width / 2), y - MarkRadius - 4), (x - (width / 2), y + MarkRadius + Ascent + 1),
                (x + MarkRadius + 3, y - 4), (x - MarkRadius - 3 - width, y - 4), (x + 2, y - MarkRadius - 4), (x - width - 2, y - MarkRadius - 4), (x + 2, y + MarkRadius + Ascent + 1), (x - width - 2, y + MarkRadius + Ascent + 1),
            ];
            foreach (var (left, baseline) in places)
            {
                var box = new Box(left, baseline - Ascent, left + width, baseline + Descent);
                if (box.Left >= frame.Left && box.Right <= Svg.Width - 2 && box.Top >= frame.Top && box.Bottom <= frame.Bottom - 2 && !taken.Exists(box.Touches))
                {
                    taken.Add(box);
                    svg.Element(
                        "text",
                        point.Label!,
                        ("x", Figures.Coordinate(left)),
                        ("y", Figures.Coordinate(baseline)),
                        ("font-size", Figures.Coordinate(Size)),
                        ("fill", "var(--ink-2, #5a6372)")).Line();
                    break;
                }
            }
        }
    }

    private static Box Around(double x, double y) => new(x - MarkRadius, y - MarkRadius, x + MarkRadius, y + MarkRadius);

    private readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Touches(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }
}
