using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>Attention heads that a configuration lists as removed: <c>pruned_heads</c> and <c>pruned_cross_heads</c>.</summary>
internal static class ConfiguredHeads
{
    /// <summary>Removes the listed heads from blocks of full size.</summary>
    /// <exception cref="Errors.InvalidInputException">A block or head is not there, or heads cannot be removed one by one.</exception>
    public static void Remove(IReadOnlyList<TransformerBlock> blocks, ModelConfig config)
    {
        Remove(blocks, "pruned_heads", config.PrunedHeads, block => block.Attention);
        Remove(blocks, "pruned_cross_heads", config.PrunedCrossHeads, block => block.CrossAttention);
    }

    /// <summary>The configuration of a model whose heads may have been removed.</summary>
    public static ModelConfig List(IReadOnlyList<TransformerBlock> blocks, ModelConfig config) => config with
    {
        PrunedHeads = Removed(blocks, block => block.Attention),
        PrunedCrossHeads = Removed(blocks, block => block.CrossAttention),
    };

    private static void Remove(
        IReadOnlyList<TransformerBlock> blocks,
        string key,
        IReadOnlyDictionary<int, IReadOnlyList<int>>? pruned,
        Func<TransformerBlock, AttentionLayer?> select)
    {
        foreach (var (block, heads) in pruned ?? new Dictionary<int, IReadOnlyList<int>>())
        {
            string found = FormattableString.Invariant($"block {block}, heads {string.Join(", ", heads)}");
            if (block < 0 || block >= blocks.Count)
            {
                throw ConfigCheck.Invalid(key, found, FormattableString.Invariant($"for blocks 0 to {blocks.Count - 1}"));
            }

            var attention = select(blocks[block]) ?? throw ConfigCheck.Invalid(key, found, "for blocks that have such an attention");
            try
            {
                attention.RemoveHeads([.. heads]);
            }
            catch (ArgumentException)
            {
                int count = attention.OriginalHeadCount;
                throw ConfigCheck.Invalid(key, found, FormattableString.Invariant($"some, but not all, of heads 0 to {count - 1}"));
            }
            catch (NotSupportedException)
            {
                throw ConfigCheck.Unsupported(key, found, "absent where heads share keys and values");
            }
        }
    }

    /// <summary>What was removed of each block; null when all heads are there.</summary>
    private static Dictionary<int, IReadOnlyList<int>>? Removed(
        IReadOnlyList<TransformerBlock> blocks, Func<TransformerBlock, AttentionLayer?> select)
    {
        var pruned = new Dictionary<int, IReadOnlyList<int>>();
        foreach (var block in blocks)
        {
            if (select(block) is { } attention && attention.KeptHeads.Count < attention.OriginalHeadCount)
            {
                pruned.Add(block.Index, [.. Enumerable.Range(0, attention.OriginalHeadCount).Except(attention.KeptHeads)]);
            }
        }

        return pruned.Count == 0 ? null : pruned;
    }
}
