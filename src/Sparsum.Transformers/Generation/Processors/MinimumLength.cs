namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Excludes the end tokens until a row is long enough.</summary>
/// <param name="length">Least tokens of a row, its prompt and padding included.</param>
/// <param name="newTokens">Least new tokens.</param>
/// <param name="endIds">Tokens that end a sequence.</param>
internal sealed class MinimumLength(int length, int newTokens, IReadOnlyList<int> endIds) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        if (history.Length < length || history.NewTokens < newTokens)
        {
            SuppressedTokens.Exclude(scores, endIds);
        }
    }
}
