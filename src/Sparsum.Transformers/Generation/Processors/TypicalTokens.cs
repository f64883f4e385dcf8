namespace Sparsum.Transformers.Generation.Processors;

/// <summary>
/// Leaves the tokens whose information is nearest to the entropy, until they have a probability in sum (Meister et al. 2023, locally
/// typical sampling), and one token always.
/// </summary>
/// <param name="mass">The probability.</param>
internal sealed class TypicalTokens(double mass) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        double[] logProbabilities = LogSoftmax.Of(scores);
        double entropy = LogSoftmax.Entropy(logProbabilities);
        double[] distances = [.. logProbabilities.Select(value => Math.Abs(-value - entropy))];
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderBy(id => distances[id])];
        int last = 0;
        for (double sum = Math.Exp(logProbabilities[order[0]]); sum < mass && last < order.Length - 1;)
        {
            sum += Math.Exp(logProbabilities[order[++last]]);
        }

        foreach (int id in order[(last + 1)..])
        {
            scores[id] = distances[id] > distances[order[last]] ? float.NegativeInfinity : scores[id];
        }
    }
}
