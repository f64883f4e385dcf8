using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Charts;

/// <summary>Two axes with their names, ticks and grid, below a legend.</summary>
internal sealed class PlotFrame
{
    private const double PlotHeight = 210;
    private const double Right = 16;
    private const double LeastGap = 8;

    private readonly Legend legend;
    private readonly Func<double, string> formatX;
    private readonly double top;

    /// <summary>Lays out the frame.</summary>
    /// <param name="names">Names of the series.</param>
    /// <param name="x">Horizontal values, and how their ticks are written.</param>
    /// <param name="y">Vertical values.</param>
    /// <param name="isLogarithmic">Whether equal vertical distances are equal ratios.</param>
    /// <param name="isXWhole">Whether horizontal ticks are whole numbers.</param>
    public PlotFrame(
        IReadOnlyList<string> names, (IReadOnlyCollection<double> Values, Func<double, string> Format) x, IReadOnlyCollection<double> y, bool isLogarithmic, bool isXWhole)
    {
        legend = new Legend(names);
        formatX = x.Format;
        top = legend.Height + 28;
        Bottom = top + PlotHeight;
        Y = new Axis(y, isLogarithmic, Bottom, top);
        Left = 12 + Y.Ticks.Max(tick => Svg.TextWidth(Figures.Tick(tick)));
        X = new Axis(x.Values, false, Left + 8, Svg.Width - Right, isXWhole);
    }

    /// <summary>The horizontal axis.</summary>
    public Axis X { get; }

    /// <summary>The vertical axis.</summary>
    public Axis Y { get; }

    /// <summary>Left end of the plot.</summary>
    public double Left { get; }

    /// <summary>Lower end of the plot.</summary>
    public double Bottom { get; }

    /// <summary>Upper end of the plot.</summary>
    public double Top => top;

    /// <summary>Units of the whole drawing.</summary>
    public double Height => Bottom + 44;

    /// <summary>Draws legend, grid, ticks and names.</summary>
    public void Draw(Markup svg, string xLabel, string yLabel)
    {
        legend.Draw(svg);
        svg.Label(4, top - 12, Svg.Fit(yLabel, Svg.Width - 8));
        foreach (double tick in Y.Ticks)
        {
            svg.GridLine(Left, Y.Map(tick), Svg.Width - Right, Y.Map(tick));
        }

        double above = double.PositiveInfinity;
        foreach (double tick in Y.Ticks.Where(tick => Y.Map(tick) <= above))
        {
            svg.Label(Left - 6, Y.Map(tick) + 4, Figures.Tick(tick), "end");
            above = Y.Map(tick) - Svg.FontSize - 3;
        }

        // Ticks whose numbers would run into each other have none.
        double free = 0;
        foreach (double tick in X.Ticks)
        {
            double place = X.Map(tick);
            double half = Svg.TextWidth(formatX(tick)) / 2;
            svg.GridLine(place, Bottom, place, Bottom + 5);
            if (place - half >= free && place + half <= Svg.Width)
            {
                svg.Label(place, Bottom + 19, formatX(tick), "middle");
                free = place + half + LeastGap;
            }
        }

        svg.Label(Svg.Width - Right, Bottom + 38, Svg.Fit(xLabel, Svg.Width - Right - 4), "end");
    }
}
