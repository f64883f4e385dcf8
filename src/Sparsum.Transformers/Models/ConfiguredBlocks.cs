using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// What a configuration says about single blocks: the heads of <c>pruned_heads</c> that are gone, and the parts of
/// <c>per_layer_config</c> that are left. Whatever the architecture, a skeleton is built at full size and cut down by it.
/// </summary>
internal static class ConfiguredBlocks
{
    private const string PrunedHeads = "pruned_heads";
    private const string PerLayer = "per_layer_config";

    /// <summary>Cuts blocks of full size down.</summary>
    /// <exception cref="Core.InvalidInputException">An entry names what is not there, contradicts another, or cannot be cut.</exception>
    public static void Apply(IReadOnlyList<TransformerBlock> blocks, ModelConfig config)
    {
        if (config.Compaction?.Encoding is { } encoding && encoding != CompactionConfig.SparseBitmask)
        {
            throw ConfigCheck.Unsupported("compaction.encoding", $"'{encoding}'", CompactionConfig.SparseBitmask);
        }

        if (config.Compaction?.DenseSizes is { } dense)
        {
            DenseCounts.Apply(blocks, dense);
        }

        foreach (var (index, heads) in config.PrunedHeads ?? new Dictionary<int, IReadOnlyList<int>>())
        {
            RemoveHeads(Block(blocks, PrunedHeads, index), heads ?? throw Missing(PrunedHeads, index));
        }

        foreach (var (index, layer) in config.PerLayerConfig ?? new Dictionary<int, LayerConfig>())
        {
            BlockCut.Apply(
                Block(blocks, PerLayer, index), layer ?? throw Missing(PerLayer, index), FormattableString.Invariant($"{PerLayer}.{index}"));
        }
    }

    /// <summary>The configuration with the entries that belong to blocks of which parts may have been removed.</summary>
    public static ModelConfig Describe(IReadOnlyList<TransformerBlock> blocks, ModelConfig config)
    {
        // The list of Hugging Face knows self-attention alone, and of a model with two stacks the encoder.
        var pruned = blocks
            .TakeWhile(block => block.Attentions.Count == 1)
            .Where(block => block.Attention.HeadCount < block.Attention.OriginalHeadCount)
            .ToDictionary(
                block => block.Index,
                block => (IReadOnlyList<int>)[.. Enumerable.Range(0, block.Attention.OriginalHeadCount).Except(block.Attention.KeptHeads)]);
        return config with
        {
            PrunedHeads = pruned.Count == 0 ? null : pruned,

            // Other readers want an attribute in the entry of every block if it is in any.
            PerLayerConfig = blocks.Any(BlockCut.IsCut) ? blocks.ToDictionary(block => block.Index, BlockCut.Describe) : null,
        };
    }

    private static TransformerBlock Block(IReadOnlyList<TransformerBlock> blocks, string key, int index) => index >= 0 && index < blocks.Count
        ? blocks[index]
        : throw ConfigCheck.Invalid(key, FormattableString.Invariant($"block {index}"), FormattableString.Invariant($"for blocks 0 to {blocks.Count - 1}"));

    private static Core.InvalidInputException Missing(string key, int index) =>
        ConfigCheck.Invalid(key, FormattableString.Invariant($"null for block {index}"), "an entry for each block that it names");

    private static void RemoveHeads(TransformerBlock block, IReadOnlyList<int> heads)
    {
        string found = FormattableString.Invariant($"block {block.Index}, heads {string.Join(", ", heads)}");
        var attention = block.Attention;
        try
        {
            attention.RemoveHeads([.. heads]);
        }
        catch (ArgumentException)
        {
            throw ConfigCheck.Invalid(
                PrunedHeads, found, FormattableString.Invariant($"some, but not all, of heads 0 to {attention.OriginalHeadCount - 1}"));
        }
        catch (NotSupportedException)
        {
            throw ConfigCheck.Unsupported(PrunedHeads, found, $"whole groups of {attention.GroupSize} heads, as they share keys and values");
        }
    }
}
