namespace Sparsum.Evaluation.Metrics;

/// <summary>How well predicted numbers follow the true ones. Correlation with something constant is undefined, hence NaN.</summary>
public static class CorrelationMetrics
{
    /// <summary>Pearson's correlation of the numbers as they are, from -1 to 1; NaN if a side is constant or not finite.</summary>
    /// <param name="predictions">One number per example.</param>
    /// <param name="references">The true numbers, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Pearson(ReadOnlySpan<double> predictions, ReadOnlySpan<double> references)
    {
        MetricGuard.RequireSameLength(predictions.Length, references.Length);
        double[] x = Standardize(predictions);
        double[] y = Standardize(references);
        double product = 0;
        for (int i = 0; i < x.Length; i++)
        {
            product += x[i] * y[i];
        }

        return Math.Clamp(product, -1, 1);
    }

    /// <summary>
    /// Spearman's correlation: <see cref="Pearson"/> of the ranks, where equal numbers share the mean of their ranks. NaN if a side is
    /// constant or holds a NaN.
    /// </summary>
    /// <param name="predictions">One number per example.</param>
    /// <param name="references">The true numbers, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Spearman(ReadOnlySpan<double> predictions, ReadOnlySpan<double> references)
    {
        MetricGuard.RequireSameLength(predictions.Length, references.Length);
        return Pearson(AverageRanks(predictions), AverageRanks(references));
    }

    /// <summary>Deviations from the mean, scaled to a vector of length 1; NaN throughout if there is no deviation.</summary>
    private static double[] Standardize(ReadOnlySpan<double> values)
    {
        var deviations = new double[values.Length];

        // The mean of equal numbers may be off by a rounding error, whose correlation means nothing.
        if (!values.ContainsAnyExcept(values[0]))
        {
            Array.Fill(deviations, double.NaN);
            return deviations;
        }

        double mean = 0;
        foreach (double value in values)
        {
            mean += value / values.Length;
        }

        double largest = 0;
        for (int i = 0; i < deviations.Length; i++)
        {
            deviations[i] = values[i] - mean;
            largest = Math.Max(largest, Math.Abs(deviations[i]));
        }

        // Divided by the largest first, so that no square leaves the range of a double.
        double squares = 0;
        for (int i = 0; i < deviations.Length; i++)
        {
            deviations[i] /= largest;
            squares += deviations[i] * deviations[i];
        }

        double norm = Math.Sqrt(squares);
        for (int i = 0; i < deviations.Length; i++)
        {
            deviations[i] /= norm;
        }

        return deviations;
    }

    /// <summary>Ranks from 1; a run of equal numbers shares the mean of the ranks it covers.</summary>
    private static double[] AverageRanks(ReadOnlySpan<double> values)
    {
        var ranks = new double[values.Length];
        if (values.Contains(double.NaN))
        {
            Array.Fill(ranks, double.NaN);
            return ranks;
        }

        double[] sorted = values.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        for (int first = 0; first < sorted.Length;)
        {
            int end = first + 1;
            while (end < sorted.Length && sorted[end] == sorted[first])
            {
                end++;
            }

            // Ranks first + 1 to end.
            double rank = (first + 1 + end) / 2.0;
            for (; first < end; first++)
            {
                ranks[order[first]] = rank;
            }
        }

        return ranks;
    }
}
