namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Excludes tokens that would complete an n-gram that the row, or its source, already has (Paulus et al. 2017).</summary>
/// <param name="size">Tokens of an n-gram, at least 1.</param>
/// <param name="ofSource">Whether the source's n-grams are meant.</param>
internal sealed class RepeatedNgrams(int size, bool ofSource) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        if (history.Tokens.Length < size - 1)
        {
            return;
        }

        var prefix = history.Tokens[^(size - 1)..];
        var text = ofSource ? history.Source : history.Tokens;
        for (int end = size - 1; end < text.Length; end++)
        {
            if (text[(end - size + 1)..end].SequenceEqual(prefix))
            {
                scores[text[end]] = float.NegativeInfinity;
            }
        }
    }
}
