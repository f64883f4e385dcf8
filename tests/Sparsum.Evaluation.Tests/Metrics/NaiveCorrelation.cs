namespace Sparsum.Evaluation.Tests.Metrics;

/// <summary>Textbook definitions, written to be checked by eye.</summary>
internal static class NaiveCorrelation
{
    /// <summary>Covariance over the product of the standard deviations.</summary>
    public static double Pearson(double[] x, double[] y)
    {
        double meanX = x.Average();
        double meanY = y.Average();
        double covariance = x.Zip(y).Sum(pair => (pair.First - meanX) * (pair.Second - meanY));
        return covariance / Math.Sqrt(x.Sum(value => Math.Pow(value - meanX, 2)) * y.Sum(value => Math.Pow(value - meanY, 2)));
    }

    /// <summary>The rank of a number is one more than the count of smaller ones, plus half the count of its equals.</summary>
    public static double Spearman(double[] x, double[] y) => Pearson(Ranks(x), Ranks(y));

    private static double[] Ranks(double[] values) =>
        [.. values.Select(value => values.Count(other => other < value) + ((values.Count(other => other == value) + 1) / 2.0))];
}
