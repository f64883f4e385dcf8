namespace Sparsum.Evaluation.Latency;

/// <summary>The times of one model in an interleaved measurement.</summary>
public sealed record LatencyResult
{
    /// <summary>Creates the result from samples.</summary>
    /// <param name="name">The model.</param>
    /// <param name="milliseconds">One sample per timed round.</param>
    /// <param name="baselineMilliseconds">The samples of the baseline in the same rounds.</param>
    /// <param name="tokensPerPass">Tokens that one pass computes.</param>
    public LatencyResult(
        string name, IReadOnlyList<double> milliseconds, IReadOnlyList<double> baselineMilliseconds, int tokensPerPass)
    {
        Name = name;
        Milliseconds = milliseconds;
        Comparison = new PairedRatio(baselineMilliseconds, milliseconds);
        MedianMilliseconds = PairedRatio.Median(milliseconds);
        MinMilliseconds = milliseconds.Min();
        MaxMilliseconds = milliseconds.Max();
        TokensPerSecond = tokensPerPass * 1000.0 / MedianMilliseconds;
        double[] sorted = [.. milliseconds.Order()];
        (LowerQuartile, UpperQuartile) = (Quantile(sorted, 0.25), Quantile(sorted, 0.75));
    }

    /// <summary>The model.</summary>
    public string Name { get; }

    /// <summary>Every sample, in order, in milliseconds.</summary>
    public IReadOnlyList<double> Milliseconds { get; }

    /// <summary>Median of the samples.</summary>
    public double MedianMilliseconds { get; }

    /// <summary>A quarter of the samples is faster.</summary>
    public double LowerQuartile { get; }

    /// <summary>A quarter of the samples is slower.</summary>
    public double UpperQuartile { get; }

    /// <summary>Fastest sample.</summary>
    public double MinMilliseconds { get; }

    /// <summary>Slowest sample.</summary>
    public double MaxMilliseconds { get; }

    /// <summary>Tokens of one pass divided by the median.</summary>
    public double TokensPerSecond { get; }

    /// <summary>How the samples compare with the baseline's.</summary>
    public PairedRatio Comparison { get; }

    /// <summary>
    /// How many times faster than the baseline, which is the first model: its median divided by the own. 1 for the baseline itself.
    /// </summary>
    public double Ratio => Comparison.Value;

    /// <inheritdoc cref="PairedRatio.Min"/>
    public double MinRatio => Comparison.Min;

    /// <inheritdoc cref="PairedRatio.Max"/>
    public double MaxRatio => Comparison.Max;

    /// <summary>Whether the model is measurably faster or slower than the baseline: the interval does not hold 1.</summary>
    public bool IsDifferent => Comparison.IsDifferent;

    /// <inheritdoc cref="PairedRatio.HasInterval"/>
    public bool HasInterval => Comparison.HasInterval;

    private static double Quantile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((position - below) * (above - sorted[below]));
    }
}
