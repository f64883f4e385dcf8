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
        MedianMilliseconds = Median(milliseconds);
        MinMilliseconds = milliseconds.Min();
        MaxMilliseconds = milliseconds.Max();
        TokensPerSecond = tokensPerPass * 1000.0 / MedianMilliseconds;
        double[] sorted = [.. milliseconds.Order()];
        (LowerQuartile, UpperQuartile) = (Quantile(sorted, 0.25), Quantile(sorted, 0.75));
        Ratio = Median(baselineMilliseconds) / MedianMilliseconds;
        double[] ratios = [.. baselineMilliseconds.Zip(milliseconds, (baseline, own) => baseline / own).Order()];
        int outside = RanksOutside(ratios.Length);
        (MinRatio, MaxRatio) = (Math.Min(Ratio, ratios[outside]), Math.Max(Ratio, ratios[^(outside + 1)]));
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

    /// <summary>
    /// How many times faster than the baseline, which is the first model: its median divided by the own. 1 for the baseline itself.
    /// </summary>
    public double Ratio { get; }

    /// <summary>
    /// Lower end of the interval that holds the true ratio with 95 % confidence: from the ratios of single rounds, in which both models felt the
    /// same other work on the machine, by the ranks of the sign test. Of fewer than six rounds it is the smallest.
    /// </summary>
    public double MinRatio { get; }

    /// <summary>Upper end of that interval.</summary>
    public double MaxRatio { get; }

    /// <summary>Whether the model is measurably faster or slower than the baseline: the interval does not hold 1.</summary>
    public bool IsDifferent => HasInterval && (MinRatio > 1 || MaxRatio < 1);

    /// <summary>Whether there are rounds enough to tell: no interval of fewer than six holds the truth with 95 % confidence.</summary>
    public bool HasInterval => Milliseconds.Count >= 6;

    /// <summary>
    /// How many of the smallest, and of the largest, of so many samples may be left out for the rest to span the true median with 95 %
    /// confidence: the largest rank whose binomial tail is at most 2.5 %.
    /// </summary>
    internal static int RanksOutside(int samples)
    {
        double term = Math.Pow(0.5, samples);
        double tail = term;
        int outside = 0;
        while (tail <= 0.025 && outside < samples / 2)
        {
            outside++;
            term *= (samples - outside + 1) / (double)outside;
            tail += term;
        }

        return Math.Max(0, outside - 1);
    }

    private static double Quantile(double[] sorted, double share)
    {
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((position - below) * (above - sorted[below]));
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
