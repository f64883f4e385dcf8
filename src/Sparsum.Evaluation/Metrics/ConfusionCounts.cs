namespace Sparsum.Evaluation.Metrics;

/// <summary>The four outcomes of predicting one of two labels. Doubles, because the products of counts leave the range of integers.</summary>
internal readonly record struct ConfusionCounts(double TruePositive, double TrueNegative, double FalsePositive, double FalseNegative)
{
    public static ConfusionCounts Of(ReadOnlySpan<int> predictions, ReadOnlySpan<int> references)
    {
        MetricGuard.RequireSameLength(predictions.Length, references.Length);
        Span<int> counts = stackalloc int[4];
        for (int i = 0; i < predictions.Length; i++)
        {
            if (((predictions[i] | references[i]) & ~1) != 0)
            {
                throw new ArgumentException($"Example {i} has labels {predictions[i]} and {references[i]}; this metric knows 0 and 1.");
            }

            counts[(predictions[i] * 2) + references[i]]++;
        }

        return new ConfusionCounts(counts[3], counts[0], counts[2], counts[1]);
    }
}
