namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Leaves only the given tokens, with a score of 0, as the second token of a row or as the last one it may get.</summary>
/// <param name="ids">The tokens.</param>
/// <param name="lastStep">Number of the last step, from 0, whose token is forced; null forces the one after a prompt of one token.</param>
internal sealed class ForcedTokens(IReadOnlyList<int> ids, int? lastStep) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        if (lastStep is null ? history.Length == 1 : history.NewTokens == lastStep)
        {
            scores.Fill(float.NegativeInfinity);
            foreach (int id in ids)
            {
                scores[id] = 0;
            }
        }
    }
}
