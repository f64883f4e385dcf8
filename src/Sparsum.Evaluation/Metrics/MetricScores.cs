namespace Sparsum.Evaluation.Metrics;

/// <summary>The values of several metrics on the same predictions, as fractions.</summary>
public sealed class MetricScores
{
    /// <summary>Name of <see cref="Combined"/> among <see cref="Values"/>.</summary>
    public const string CombinedName = "combined";

    /// <summary>Takes values that were computed elsewhere.</summary>
    /// <param name="values">Each under its name.</param>
    /// <param name="combined">The one figure by which models are compared; larger is better.</param>
    public MetricScores(IReadOnlyDictionary<string, double> values, double combined) => (Values, Combined) = (values, combined);

    private MetricScores(IReadOnlyList<Metric> metrics, Func<Metric, double> compute)
    {
        var values = new OrderedDictionary<string, double>();
        foreach (var metric in metrics)
        {
            values.Add(metric.Name, compute(metric));
        }

        Combined = values.Values.Average();
        if (metrics.Count > 1)
        {
            values.Add(CombinedName, Combined);
        }

        Values = values;
    }

    /// <summary>
    /// Each metric under its name, in the order in which they were asked for, and <c>combined</c> at the end where there are several.
    /// </summary>
    public IReadOnlyDictionary<string, double> Values { get; }

    /// <summary>The mean of the metrics: the one figure by which models are compared.</summary>
    public double Combined { get; }

    /// <summary>Scores labels, one per example.</summary>
    /// <exception cref="ArgumentException">No metric is given, the lengths differ or are 0, or a label is unknown to a metric.</exception>
    /// <exception cref="InvalidOperationException">A metric compares numbers.</exception>
    public static MetricScores OfLabels(IReadOnlyList<Metric> metrics, int[] predictions, int[] references) =>
        new(RequireAny(metrics), metric => metric.Compute(predictions, references));

    /// <summary>Scores numbers, one per example.</summary>
    /// <exception cref="ArgumentException">No metric is given, or the lengths differ or are 0.</exception>
    /// <exception cref="InvalidOperationException">A metric compares labels.</exception>
    public static MetricScores OfValues(IReadOnlyList<Metric> metrics, double[] predictions, double[] references) =>
        new(RequireAny(metrics), metric => metric.Compute(predictions, references));

    private static IReadOnlyList<Metric> RequireAny(IReadOnlyList<Metric> metrics) =>
        metrics.Count > 0 ? metrics : throw new ArgumentException("No metric is given.", nameof(metrics));
}
