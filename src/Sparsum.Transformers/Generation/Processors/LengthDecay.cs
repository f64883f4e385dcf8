namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Raises the end tokens exponentially after a number of new tokens: by <c>|score| * (factor^excess - 1)</c>.</summary>
/// <param name="start">New tokens from which on it acts.</param>
/// <param name="factor">Base of the growth.</param>
/// <param name="endIds">Tokens that end a sequence.</param>
internal sealed class LengthDecay(int start, double factor, IReadOnlyList<int> endIds) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        int excess = history.NewTokens - start;
        if (excess <= 0)
        {
            return;
        }

        foreach (int id in endIds)
        {
            // An excluded end token stays excluded.
            if (float.IsFinite(scores[id]))
            {
                scores[id] += (float)(Math.Abs(scores[id]) * (Math.Pow(factor, excess) - 1));
            }
        }
    }
}
