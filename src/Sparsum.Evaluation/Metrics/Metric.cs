namespace Sparsum.Evaluation.Metrics;

/// <summary>A metric of predictions against references, under the name that commands and documents use.</summary>
public sealed class Metric
{
    private readonly Func<ReadOnlySpan<int>, ReadOnlySpan<int>, double>? ofLabels;
    private readonly Func<ReadOnlySpan<double>, ReadOnlySpan<double>, double>? ofValues;

    private Metric(string name, Func<ReadOnlySpan<int>, ReadOnlySpan<int>, double> ofLabels, bool isBinary)
    {
        Name = name;
        this.ofLabels = ofLabels;
        IsBinary = isBinary;
    }

    private Metric(string name, Func<ReadOnlySpan<double>, ReadOnlySpan<double>, double> ofValues)
    {
        Name = name;
        this.ofValues = ofValues;
    }

    /// <summary><see cref="ClassificationMetrics.Accuracy"/>.</summary>
    public static Metric Accuracy { get; } = new("accuracy", ClassificationMetrics.Accuracy, isBinary: false);

    /// <summary><see cref="ClassificationMetrics.F1"/>.</summary>
    public static Metric F1 { get; } = new("f1", ClassificationMetrics.F1, isBinary: true);

    /// <summary><see cref="ClassificationMetrics.Matthews"/>.</summary>
    public static Metric Matthews { get; } = new("matthews", ClassificationMetrics.Matthews, isBinary: true);

    /// <summary><see cref="CorrelationMetrics.Pearson"/>.</summary>
    public static Metric Pearson { get; } = new("pearson", CorrelationMetrics.Pearson);

    /// <summary><see cref="CorrelationMetrics.Spearman"/>.</summary>
    public static Metric Spearman { get; } = new("spearman", CorrelationMetrics.Spearman);

    /// <summary>Every metric.</summary>
    public static IReadOnlyList<Metric> All { get; } = [Accuracy, F1, Matthews, Pearson, Spearman];

    /// <summary>Name in lower case, e.g. <c>matthews</c>.</summary>
    public string Name { get; }

    /// <summary>Whether labels are compared, rather than numbers.</summary>
    public bool ComparesLabels => ofLabels is not null;

    /// <summary>Whether the only labels are 0 and 1.</summary>
    public bool IsBinary { get; }

    /// <summary>The metric of a name, whatever its case; null if there is none.</summary>
    public static Metric? Find(string name) =>
        All.FirstOrDefault(metric => metric.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Scores labels, one per example.</summary>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or a label is not one that the metric knows.</exception>
    /// <exception cref="InvalidOperationException">The metric compares numbers.</exception>
    public double Compute(ReadOnlySpan<int> predictions, ReadOnlySpan<int> references) =>
        ofLabels is null ? throw new InvalidOperationException($"{Name} compares numbers.") : ofLabels(predictions, references);

    /// <summary>Scores numbers, one per example.</summary>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    /// <exception cref="InvalidOperationException">The metric compares labels.</exception>
    public double Compute(ReadOnlySpan<double> predictions, ReadOnlySpan<double> references) =>
        ofValues is null ? throw new InvalidOperationException($"{Name} compares labels.") : ofValues(predictions, references);

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
