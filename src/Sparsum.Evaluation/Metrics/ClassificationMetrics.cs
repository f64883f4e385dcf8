namespace Sparsum.Evaluation.Metrics;

/// <summary>How well predicted labels agree with the true ones.</summary>
public static class ClassificationMetrics
{
    /// <summary>The share of predictions that are right, from 0 to 1.</summary>
    /// <param name="predictions">One label per example.</param>
    /// <param name="references">The true labels, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double Accuracy(ReadOnlySpan<int> predictions, ReadOnlySpan<int> references)
    {
        MetricGuard.RequireSameLength(predictions.Length, references.Length);
        int right = 0;
        for (int i = 0; i < predictions.Length; i++)
        {
            right += predictions[i] == references[i] ? 1 : 0;
        }

        return (double)right / predictions.Length;
    }

    /// <summary>
    /// <c>2 TP / (2 TP + FP + FN)</c> of the positive label 1, from 0 to 1; 0 where label 1 neither occurs nor is predicted.
    /// </summary>
    /// <param name="predictions">0 or 1 per example.</param>
    /// <param name="references">The true labels, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or a label is neither 0 nor 1.</exception>
    public static double F1(ReadOnlySpan<int> predictions, ReadOnlySpan<int> references)
    {
        var counts = ConfusionCounts.Of(predictions, references);
        double denominator = (2 * counts.TruePositive) + counts.FalsePositive + counts.FalseNegative;
        return denominator == 0 ? 0 : 2 * counts.TruePositive / denominator;
    }

    /// <summary>
    /// Matthews correlation, <c>(TP TN - FP FN) / sqrt((TP+FP)(TP+FN)(TN+FP)(TN+FN))</c>, from -1 to 1; 0 where the denominator is 0, that
    /// is where predictions or references are all the same.
    /// </summary>
    /// <param name="predictions">0 or 1 per example.</param>
    /// <param name="references">The true labels, in the same order.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, or a label is neither 0 nor 1.</exception>
    public static double Matthews(ReadOnlySpan<int> predictions, ReadOnlySpan<int> references)
    {
        var counts = ConfusionCounts.Of(predictions, references);
        var (tp, tn, fp, fn) = (counts.TruePositive, counts.TrueNegative, counts.FalsePositive, counts.FalseNegative);
        double denominator = Math.Sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
        return denominator == 0 ? 0 : ((tp * tn) - (fp * fn)) / denominator;
    }
}
