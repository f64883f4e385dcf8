namespace Sparsum.Reporting.Charts;

/// <summary>Points of a chart that belong together.</summary>
/// <param name="Name">What the legend calls them.</param>
/// <param name="Points">The points; those that are not finite, or not positive on a logarithmic axis, are left out.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points)
{
    /// <summary>Points without labels.</summary>
    public ChartSeries(string name, IEnumerable<(double X, double Y)> points)
        : this(name, [.. points.Select(point => new ChartPoint(point.X, point.Y))])
    {
    }
}

/// <summary>A point of a chart.</summary>
/// <param name="X">Horizontal value.</param>
/// <param name="Y">Vertical value.</param>
/// <param name="Label">What is written beside it where there is room; null for nothing.</param>
public sealed record ChartPoint(double X, double Y, string? Label = null);
