namespace Sparsum.Reporting.Charts;

/// <summary>Maps values to a stretch of pixels and chooses round tick values.</summary>
internal sealed class Axis
{
    private readonly bool isLogarithmic;
    private readonly double start;
    private readonly double end;

    /// <summary>Creates an axis that covers values.</summary>
    /// <param name="values">Finite values; positive ones for a logarithmic axis.</param>
    /// <param name="isLogarithmic">Whether equal distances are equal ratios.</param>
    /// <param name="start">Pixel of the smallest value.</param>
    /// <param name="end">Pixel of the largest value.</param>
    /// <param name="isWhole">Whether only whole numbers may be ticks of a linear axis.</param>
    public Axis(IReadOnlyCollection<double> values, bool isLogarithmic, double start, double end, bool isWhole = false)
    {
        this.isLogarithmic = isLogarithmic;
        this.start = start;
        this.end = end;
        double smallest = values.Count == 0 ? 1 : values.Min();
        double largest = values.Count == 0 ? 1 : values.Max();
        if (smallest == largest)
        {
            double margin = smallest == 0 ? 1 : Math.Abs(smallest) / 2;
            (smallest, largest) = (smallest - margin, largest + margin);
        }

        Ticks = isLogarithmic ? LogarithmicTicks(smallest, largest) : LinearTicks(smallest, largest, isWhole);
        Minimum = Math.Min(smallest, Ticks[0]);
        Maximum = Math.Max(largest, Ticks[^1]);
    }

    /// <summary>Round values from below the smallest to above the largest.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Value at the start.</summary>
    public double Minimum { get; }

    /// <summary>Value at the end.</summary>
    public double Maximum { get; }

    /// <summary>The pixel of a value.</summary>
    public double Map(double value) => start + ((Scale(value) - Scale(Minimum)) / (Scale(Maximum) - Scale(Minimum)) * (end - start));

    private double Scale(double value) => isLogarithmic ? Math.Log10(value) : value;

    private static List<double> LinearTicks(double smallest, double largest, bool isWhole)
    {
        const int Wanted = 5;
        double rough = (largest - smallest) / Wanted;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        step = isWhole ? Math.Max(1, step) : step;
        long first = (long)Math.Floor((smallest / step) + 1e-9);
        long last = (long)Math.Ceiling((largest / step) - 1e-9);
        var ticks = new List<double>();
        for (long i = first; i <= last; i++)
        {
            ticks.Add(Math.Round(i * step, 12));
        }

        return ticks;
    }

    private static List<double> LogarithmicTicks(double smallest, double largest)
    {
        int first = (int)Math.Floor(Math.Log10(smallest));
        int last = (int)Math.Ceiling(Math.Log10(largest));
        double[] steps = largest / smallest > 1000 ? [1] : [1, 2, 5];
        var all = Enumerable.Range(first, last - first + 1)
            .SelectMany(exponent => steps.Select(step => step * Math.Pow(10, exponent)))
            .ToList();

        // The nearest ticks outside, and all between.
        double lower = all.Last(tick => tick <= smallest * (1 + 1e-9));
        double upper = all.FirstOrDefault(tick => tick >= largest * (1 - 1e-9), all[^1]);
        return [.. all.Where(tick => tick >= lower && tick <= upper)];
    }
}
