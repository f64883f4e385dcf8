namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Excludes tokens in every step, or only as the first new token (the second where the first is forced).</summary>
/// <param name="ids">The tokens.</param>
/// <param name="onlyAtBegin">Whether only the first free token is meant.</param>
/// <param name="isFirstForced">Whether a prompt of one token is followed by a forced one.</param>
internal sealed class SuppressedTokens(IReadOnlyList<int> ids, bool onlyAtBegin = false, bool isFirstForced = false) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        int begin = isFirstForced && history.PromptLength == 1 ? 1 : 0;
        if (!onlyAtBegin || history.NewTokens == begin)
        {
            Exclude(scores, ids);
        }
    }

    /// <summary>Excludes tokens.</summary>
    public static void Exclude(Span<float> scores, IReadOnlyList<int> ids)
    {
        foreach (int id in ids)
        {
            scores[id] = float.NegativeInfinity;
        }
    }
}
