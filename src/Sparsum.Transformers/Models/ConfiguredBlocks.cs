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
    /// <exception cref="Errors.InvalidInputException">An entry names what is not there, contradicts another, or cannot be cut.</exception>
    public static void Apply(IReadOnlyList<TransformerBlock> blocks, ModelConfig config)
    {
        foreach (var (index, heads) in config.PrunedHeads ?? new Dictionary<int, IReadOnlyList<int>>())
        {
            RemoveHeads(Block(blocks, PrunedHeads, index), heads ?? throw Missing(PrunedHeads, index));
        }

        foreach (var (index, layer) in config.PerLayerConfig ?? new Dictionary<int, LayerConfig>())
        {
            Cut(Block(blocks, PerLayer, index), layer ?? throw Missing(PerLayer, index));
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

        // Readers want an attribute in the entry of every block if it is in any.
        bool differ = blocks.Any(block => block.FeedForward.NeuronCount < block.FeedForward.OriginalNeuronCount
            || block.Attentions.Any(attention => attention.HeadCount < attention.OriginalHeadCount));
        return config with
        {
            PrunedHeads = pruned.Count == 0 ? null : pruned,
            PerLayerConfig = differ ? blocks.ToDictionary(block => block.Index, Describe) : null,
        };
    }

    private static LayerConfig Describe(TransformerBlock block) => new()
    {
        NumAttentionHeads = block.Attention.HeadCount,
        NumKeyValueHeads = block.Attention.KeyValueHeadCount,
        KeptHeads = block.Attention.KeptHeads,
        IntermediateSize = block.FeedForward.NeuronCount,
        KeptNeurons = block.FeedForward.KeptNeurons,
        CrossAttention = block.Attentions.Skip(1).Select(Describe).FirstOrDefault(),
    };

    private static AttentionConfig Describe(AttentionLayer attention) => new()
    {
        NumAttentionHeads = attention.HeadCount,
        NumKeyValueHeads = attention.KeyValueHeadCount,
        KeptHeads = attention.KeptHeads,
    };

    private static TransformerBlock Block(IReadOnlyList<TransformerBlock> blocks, string key, int index) => index >= 0 && index < blocks.Count
        ? blocks[index]
        : throw ConfigCheck.Invalid(key, FormattableString.Invariant($"block {index}"), FormattableString.Invariant($"for blocks 0 to {blocks.Count - 1}"));

    private static Errors.InvalidInputException Missing(string key, int index) =>
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

    private static void Cut(TransformerBlock block, LayerConfig layer)
    {
        string entry = FormattableString.Invariant($"{PerLayer}.{block.Index}");
        Cut(block.Attention, layer, entry);
        if (layer.CrossAttention is { } cross)
        {
            Cut(
                block.Attentions.Count > 1 ? block.Attentions[1] : throw ConfigCheck.Invalid($"{entry}.cross_attention", "there", "absent: the block has none"),
                cross,
                $"{entry}.cross_attention");
        }

        var feedForward = block.FeedForward;
        int[] gone = Gone(feedForward.KeptNeurons, layer.KeptNeurons, layer.IntermediateSize, $"{entry}.kept_neurons", $"{entry}.intermediate_size");
        feedForward.RemoveNeurons(gone);
    }

    private static void Cut(AttentionLayer attention, AttentionConfig config, string entry)
    {
        int[] gone = Gone(attention.KeptHeads, config.KeptHeads, config.NumAttentionHeads, $"{entry}.kept_heads", $"{entry}.num_attention_heads");
        try
        {
            attention.RemoveHeads(gone);
        }
        catch (NotSupportedException)
        {
            throw ConfigCheck.Unsupported(
                $"{entry}.kept_heads",
                $"without heads {string.Join(", ", gone)}",
                $"whole groups of {attention.GroupSize} heads, as they share keys and values");
        }

        if (config.NumKeyValueHeads is { } count && count != attention.KeyValueHeadCount)
        {
            throw ConfigCheck.Invalid(
                $"{entry}.num_key_value_heads", $"{count}", FormattableString.Invariant($"{attention.KeyValueHeadCount}, which go with the query heads"));
        }
    }

    /// <summary>Which of the parts that are there an entry leaves out.</summary>
    private static int[] Gone(IReadOnlyList<int> present, IReadOnlyList<int>? kept, int? count, string keptKey, string countKey)
    {
        if (count is { } size && (kept is null ? size < 1 || size > present.Count : size != kept.Count))
        {
            throw ConfigCheck.Invalid(countKey, $"{size}", kept is null ? $"1 to {present.Count}" : $"{kept.Count}, the number of those listed");
        }

        kept ??= [.. present.Take(count ?? present.Count)];
        int[] unknown = [.. kept.Except(present).Take(5)];
        return unknown.Length == 0
            ? [.. present.Except(kept)]
            : throw ConfigCheck.Invalid(keptKey, $"with {string.Join(", ", unknown)}", $"a list of some that are there: {IndexList.Format(present)}");
    }
}
