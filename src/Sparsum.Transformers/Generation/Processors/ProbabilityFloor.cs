namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Leaves the tokens whose probability reaches a floor, and the likeliest always.</summary>
/// <param name="floor">The floor, given all log-probabilities.</param>
internal sealed class ProbabilityFloor(Func<double[], double> floor) : ILogitsProcessor
{
    /// <summary>A share of the likeliest token's probability (Nguyen et al. 2024, min-p).</summary>
    public static ProbabilityFloor OfLikeliest(double share) => new(values => share * Math.Exp(values.Max()));

    /// <summary>A fixed probability (Hewitt et al. 2022, epsilon sampling).</summary>
    public static ProbabilityFloor Fixed(double epsilon) => new(_ => epsilon);

    /// <summary><c>min(epsilon, √epsilon * exp(-entropy))</c> (Hewitt et al. 2022, eta sampling).</summary>
    public static ProbabilityFloor OfEntropy(double epsilon) =>
        new(values => Math.Min(epsilon, Math.Sqrt(epsilon) * Math.Exp(-LogSoftmax.Entropy(values))));

    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        double[] logProbabilities = LogSoftmax.Of(scores);
        double lowest = floor(logProbabilities);
        double likeliest = logProbabilities.Max();
        for (int i = 0; i < scores.Length; i++)
        {
            if (logProbabilities[i] < likeliest && Math.Exp(logProbabilities[i]) < lowest)
            {
                scores[i] = float.NegativeInfinity;
            }
        }
    }
}
