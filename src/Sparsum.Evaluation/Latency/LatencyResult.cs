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
        var ratios = baselineMilliseconds.Zip(milliseconds, (baseline, own) => baseline / own).ToList();
        (Ratio, MinRatio, MaxRatio) = (Median(ratios), ratios.Min(), ratios.Max());
    }

    /// <summary>The model.</summary>
    public string Name { get; }

    /// <summary>Every sample, in order, in milliseconds.</summary>
    public IReadOnlyList<double> Milliseconds { get; }

    /// <summary>Median of the samples.</summary>
    public double MedianMilliseconds { get; }

    /// <summary>Fastest sample.</summary>
    public double MinMilliseconds { get; }

    /// <summary>Slowest sample.</summary>
    public double MaxMilliseconds { get; }

    /// <summary>Tokens of one pass divided by the median.</summary>
    public double TokensPerSecond { get; }

    /// <summary>
    /// How many times faster than the baseline, which is the first model: the median over the rounds of baseline time divided by own time.
    /// Pairing the samples of one round cancels what both felt, such as other work on the machine. 1 for the baseline itself.
    /// </summary>
    public double Ratio { get; }

    /// <summary>Smallest ratio of a round.</summary>
    public double MinRatio { get; }

    /// <summary>Largest ratio of a round.</summary>
    public double MaxRatio { get; }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
