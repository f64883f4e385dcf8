namespace Sparsum.Transformers.Generation.Processors;

/// <summary>
/// Leaves the smallest set of likeliest tokens with at least a probability in sum (Holtzman et al. 2020), of equals those with the lower
/// ids, and one token always.
/// </summary>
/// <param name="mass">The probability.</param>
internal sealed class Nucleus(double mass) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        float[] logits = [.. scores];
        double maximum = logits.Max();
        double limit = mass * logits.Sum(logit => Math.Exp(logit - maximum));
        double kept = 0;
        foreach (int id in Enumerable.Range(0, logits.Length).OrderByDescending(id => logits[id]))
        {
            if (kept > 0 && kept >= limit)
            {
                scores[id] = float.NegativeInfinity;
            }

            kept += Math.Exp(logits[id] - maximum);
        }
    }
}
