using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>Lists the terms of a model's regularisers. Output projections, biases, norms and embeddings have none.</summary>
public static class NeuroPrunePenalties
{
    /// <summary>Each attention module's terms: one for self-attention, one or two for cross-attention.</summary>
    public static IReadOnlyList<IPenaltyTerm> OfAttention(TransformerBlock block, PenaltyOptions options)
    {
        var terms = new List<IPenaltyTerm>();
        foreach (var attention in block.Attentions)
        {
            bool isCross = attention != block.Attentions[0];
            if (isCross && options.CrossAttentionGrouping == CrossAttentionGrouping.Split)
            {
                terms.Add(new AttentionPenalty([attention.Query.Weight], options.GroupFloor));
                terms.Add(new AttentionPenalty([attention.Key.Weight, attention.Value.Weight], options.GroupFloor));
            }
            else
            {
                terms.Add(new AttentionPenalty(
                    [attention.Query.Weight, attention.Key.Weight, attention.Value.Weight], options.GroupFloor));
            }
        }

        return terms;
    }

    /// <summary>An MLP's terms: one for each matrix, or one for gate and up together.</summary>
    public static IReadOnlyList<IPenaltyTerm> OfFeedForward(FeedForwardLayer feedForward, PenaltyOptions options)
    {
        var expand = feedForward.Expand.Select(linear => linear.Weight).ToList();
        IEnumerable<IReadOnlyList<Parameter>> groups = options.GatedCounts == GatedCounts.Joint
            ? [expand]
            : expand.Select(weight => new[] { weight });
        return [.. groups.Append([feedForward.Down.Weight]).Select(group => new MlpPenalty(group, options.MlpRowAxis))];
    }
}
