namespace Sparsum.Benchmarks;

/// <summary>Seconds per run by contender and round.</summary>
internal sealed class Timings(double[][] seconds)
{
    /// <summary>The median time of a contender.</summary>
    public double Median(int contender) => Median(seconds[contender]);

    /// <summary>
    /// How many times faster <paramref name="contender"/> is than <paramref name="opponent"/>: the median of the ratios within each round.
    /// </summary>
    public double Ratio(int contender, int opponent) => Median(seconds[opponent].Zip(seconds[contender], (slow, fast) => slow / fast));

    /// <summary>Between which ratios the middle half of the rounds lies.</summary>
    public (double Low, double High) Spread(int contender, int opponent)
    {
        double[] sorted = [.. seconds[opponent].Zip(seconds[contender], (slow, fast) => slow / fast).Order()];
        return (sorted[sorted.Length / 4], sorted[sorted.Length - 1 - (sorted.Length / 4)]);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
