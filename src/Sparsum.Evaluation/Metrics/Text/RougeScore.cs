namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>One ROUGE figure, each part from 0 to 1.</summary>
/// <param name="Precision">Share of the hypothesis that is in the reference.</param>
/// <param name="Recall">Share of the reference that is in the hypothesis.</param>
public readonly record struct RougeScore(double Precision, double Recall)
{
    /// <summary>The harmonic mean of precision and recall; 0 where both are.</summary>
    public double FMeasure => Precision + Recall > 0 ? 2 * Precision * Recall / (Precision + Recall) : 0;

    internal static RougeScore Of(int hits, int predicted, int expected) =>
        new((double)hits / Math.Max(1, predicted), (double)hits / Math.Max(1, expected));
}
