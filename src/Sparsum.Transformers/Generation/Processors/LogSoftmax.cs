namespace Sparsum.Transformers.Generation.Processors;

/// <summary>The distribution that scores stand for, computed in double precision.</summary>
internal static class LogSoftmax
{
    /// <summary>Log-probabilities of scores of which one at least is finite; minus infinity stays.</summary>
    public static double[] Of(ReadOnlySpan<float> scores)
    {
        double maximum = double.NegativeInfinity;
        foreach (float score in scores)
        {
            maximum = Math.Max(maximum, score);
        }

        double sum = 0;
        foreach (float score in scores)
        {
            sum += Math.Exp(score - maximum);
        }

        double logSum = maximum + Math.Log(sum);
        var result = new double[scores.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = scores[i] - logSum;
        }

        return result;
    }

    /// <summary>The entropy of log-probabilities, in nats.</summary>
    public static double Entropy(double[] logProbabilities) =>
        -logProbabilities.Where(double.IsFinite).Sum(value => Math.Exp(value) * value);
}
