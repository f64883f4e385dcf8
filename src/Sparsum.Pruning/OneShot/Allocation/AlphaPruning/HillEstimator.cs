namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>
/// How heavy the tail of a spectrum is: the exponent of the power law that fits best from some value on, with Hill's estimator and the
/// Kolmogorov-Smirnov distance (Lu et al. 2024, AlphaPruning; Clauset et al. 2009), started near the peak of the histogram of logarithms.
/// </summary>
internal static class HillEstimator
{
    private const int DefaultBins = 100;

    /// <summary>Fits.</summary>
    /// <param name="squares">Squared singular values, ascending; those not above zero are left out.</param>
    /// <param name="cut">The lower bound of the tail's beginning.</param>
    /// <param name="bins">Bins of the histogram.</param>
    /// <returns>
    /// The exponent, its distance, and the index among the positive values where the tail begins; 0, 1 and -1 where nothing fits.
    /// </returns>
    public static (double Alpha, double Distance, int Start) Fit(IReadOnlyList<double> squares, LowerCut cut, int bins = DefaultBins)
    {
        double[] values = [.. squares.Where(value => value > 0)];
        if (values.Length < 2)
        {
            return (0, 1, -1);
        }

        double[] logarithms = [.. values.Select(value => Math.Log(value))];
        double[] tails = new double[values.Length + 1];
        for (int j = values.Length - 1; j >= 0; j--)
        {
            tails[j] = tails[j + 1] + logarithms[j];
        }

        double peak = Peak(values, bins);
        double least = cut == LowerCut.Published ? Math.Log10(0.95 * peak) : 0.95 * peak;
        double most = 1.5 * peak;
        var best = (Alpha: 0.0, Distance: 1.0, Start: -1);
        for (int j = 0; j < values.Length - 1 && values[j] <= most; j++)
        {
            int count = values.Length - j;
            double alpha = 1 + (count / (tails[j] - (count * logarithms[j])));
            if (values[j] >= least && alpha > 1 && double.IsFinite(alpha))
            {
                double distance = Distance(logarithms.AsSpan(j), alpha);
                best = distance < best.Distance ? (alpha, distance, j) : best;
            }
        }

        return best;
    }

    /// <summary>The left edge of the first fullest of equal bins of the logarithms to base 10, as a value.</summary>
    private static double Peak(double[] values, int bins)
    {
        double least = Math.Log10(values[0]);
        double width = Math.Log10(values[^1]) - least;
        int[] counts = new int[bins];
        foreach (double value in values)
        {
            counts[width == 0 ? 0 : Math.Min(bins - 1, (int)((Math.Log10(value) - least) / width * bins))]++;
        }

        return Math.Pow(10, least + (Array.IndexOf(counts, counts.Max()) * width / bins));
    }

    /// <summary><c>max_k |1 - (x_k/x_0)^(1-α) - k/n|</c> between the law and the values from the first on.</summary>
    private static double Distance(ReadOnlySpan<double> logarithms, double alpha)
    {
        double most = 0;
        for (int k = 0; k < logarithms.Length; k++)
        {
            double law = 1 - Math.Exp((1 - alpha) * (logarithms[k] - logarithms[0]));
            most = Math.Max(most, Math.Abs(law - ((double)k / logarithms.Length)));
        }

        return most;
    }
}
