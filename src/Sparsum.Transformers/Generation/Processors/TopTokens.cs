namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Leaves the likeliest tokens, of equals those with the lower ids (Fan et al. 2018).</summary>
/// <param name="count">How many, at least 1.</param>
internal sealed class TopTokens(int count) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        if (count >= scores.Length)
        {
            return;
        }

        // The queue's head is the token to give up first: the smallest score, of equals the highest id.
        var kept = new PriorityQueue<int, (float Score, int NegatedId)>();
        for (int i = 0; i < scores.Length; i++)
        {
            if (kept.Count < count)
            {
                kept.Enqueue(i, (scores[i], -i));
                continue;
            }

            int lost = kept.EnqueueDequeue(i, (scores[i], -i));
            scores[lost] = float.NegativeInfinity;
        }
    }
}
