using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>Attention heads that a configuration lists as removed (<c>pruned_heads</c>).</summary>
internal static class ConfiguredHeads
{
    /// <summary>Removes the listed heads from blocks of full size.</summary>
    /// <exception cref="Errors.InvalidInputException">A block or head is not there, or heads cannot be removed one by one.</exception>
    public static void Remove(IReadOnlyList<TransformerBlock> blocks, IReadOnlyDictionary<int, IReadOnlyList<int>>? pruned)
    {
        foreach (var (block, heads) in pruned ?? new Dictionary<int, IReadOnlyList<int>>())
        {
            string found = FormattableString.Invariant($"block {block}, heads {string.Join(", ", heads)}");
            if (block < 0 || block >= blocks.Count)
            {
                throw ConfigCheck.Invalid("pruned_heads", found, FormattableString.Invariant($"for blocks 0 to {blocks.Count - 1}"));
            }

            try
            {
                blocks[block].Attention.RemoveHeads([.. heads]);
            }
            catch (ArgumentException)
            {
                int count = blocks[block].Attention.OriginalHeadCount;
                throw ConfigCheck.Invalid("pruned_heads", found, FormattableString.Invariant($"some, but not all, of heads 0 to {count - 1}"));
            }
            catch (NotSupportedException)
            {
                throw ConfigCheck.Unsupported("pruned_heads", found, "absent where heads share keys and values");
            }
        }
    }

    /// <summary>The entry for a model whose heads may have been removed; null when all are there.</summary>
    public static IReadOnlyDictionary<int, IReadOnlyList<int>>? Of(IReadOnlyList<TransformerBlock> blocks)
    {
        var pruned = new Dictionary<int, IReadOnlyList<int>>();
        foreach (var block in blocks)
        {
            int[] removed = [.. Enumerable.Range(0, block.Attention.OriginalHeadCount).Except(block.Attention.KeptHeads)];
            if (removed.Length > 0)
            {
                pruned.Add(block.Index, removed);
            }
        }

        return pruned.Count == 0 ? null : pruned;
    }
}
