namespace Sparsum.Transformers.Generation.Processors;

/// <summary>
/// Excludes the last token of each word where the row ends with the tokens before it. As in the reference, a word counts only once the row
/// is at least as long as it, and an end token alone is never excluded.
/// </summary>
/// <param name="words">Token ids of each word, at least one.</param>
/// <param name="endIds">Tokens that end a sequence.</param>
internal sealed class BadWords(IEnumerable<IReadOnlyList<int>> words, IReadOnlyList<int> endIds) : ILogitsProcessor
{
    private readonly int[][] words = [.. words.Where(word => word.Count > 1 || !endIds.Contains(word[0])).Select(word => word.ToArray())];

    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        foreach (int[] word in words)
        {
            if (word.Length == 1 || (word.Length <= history.Tokens.Length && history.Tokens.EndsWith(word.AsSpan(..^1))))
            {
                scores[word[^1]] = float.NegativeInfinity;
            }
        }
    }
}
