namespace Sparsum.Evaluation.Latency;

/// <summary>
/// How two things that were measured side by side compare: the ratio of their medians, with the interval that the ratios of single rounds give
/// by the ranks of the sign test. The one rule by which a difference is told from noise.
/// </summary>
public sealed record PairedRatio
{
    private const int FewestRounds = 6;

    /// <summary>Compares samples, of which those of one round belong together.</summary>
    /// <param name="baseline">The baseline's, one for each round.</param>
    /// <param name="own">The other's, as many.</param>
    public PairedRatio(IReadOnlyList<double> baseline, IReadOnlyList<double> own)
    {
        Rounds = own.Count;
        Value = Median(baseline) / Median(own);
        double[] ratios = [.. baseline.Zip(own, (before, now) => before / now).Order()];
        int outside = RanksOutside(ratios.Length);
        (Min, Max) = (Math.Min(Value, ratios[outside]), Math.Max(Value, ratios[^(outside + 1)]));
    }

    /// <summary>The median of the baseline divided by the other's.</summary>
    public double Value { get; }

    /// <summary>
    /// Lower end of the interval that holds the true ratio with 95 % confidence: from the ratios of single rounds, in which both felt the
    /// same other work on the machine. Of fewer than six rounds it is the smallest.
    /// </summary>
    public double Min { get; }

    /// <summary>Upper end of that interval.</summary>
    public double Max { get; }

    /// <summary>How many rounds there were.</summary>
    public int Rounds { get; }

    /// <summary>Whether there are rounds enough to tell: no interval of fewer than six holds the truth with 95 % confidence.</summary>
    public bool HasInterval => Rounds >= FewestRounds;

    /// <summary>Whether the two measurably differ: the interval does not hold 1.</summary>
    public bool IsDifferent => HasInterval && (Min > 1 || Max < 1);

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

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
