using System.Text.Json.Nodes;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// What a configuration says about single blocks: the heads of <c>pruned_heads</c> that are gone, and the parts of
/// <c>sparsum.layers</c> that are left. Whatever the architecture, a skeleton is built at full size and cut down by it.
/// </summary>
internal static class ConfiguredBlocks
{
    private const string PrunedHeads = "pruned_heads";
    private const string Layers = "sparsum.layers";
    private const string HiddenFeatures = "sparsum.hidden_features";
    private const string PerLayer = "per_layer_config";

    /// <summary>Cuts a model of full size down.</summary>
    /// <exception cref="Core.InvalidInputException">An entry names what is not there, contradicts another, or cannot be cut.</exception>
    public static void Apply(TransformerModel model, ModelConfig config)
    {
        var blocks = model.Blocks;
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

        if (config.Sparsum?.HiddenFeatures is { } features)
        {
            KeepFeatures(model, features);
        }

        // Where both are there, the sizes of the second must be those that the first leaves.
        foreach (var (key, layers) in new[] { (Layers, config.Sparsum?.Layers), (PerLayer, config.PerLayerConfig) })
        {
            foreach (var (index, layer) in layers ?? new Dictionary<int, LayerConfig>())
            {
                BlockCut.Apply(Block(blocks, key, index), layer ?? throw Missing(key, index), FormattableString.Invariant($"{key}.{index}"));
            }
        }
    }

    /// <summary>The configuration with the entries that belong to blocks of which parts may have been removed.</summary>
    public static ModelConfig Describe(IArchitecture architecture, TransformerModel model, ModelConfig config)
    {
        var blocks = model.Blocks;
        var features = model.HiddenNorms.Select(norm => norm.Features).FirstOrDefault(features => features is not null);
        // The list of Hugging Face knows self-attention alone, and of a model with two stacks the encoder.
        var pruned = blocks
            .TakeWhile(block => block.Attentions.Count == 1)
            .Where(block => block.Attention.HeadCount < block.Attention.OriginalHeadCount)
            .ToDictionary(
                block => block.Index,
                block => (IReadOnlyList<int>)[.. Enumerable.Range(0, block.Attention.OriginalHeadCount).Except(block.Attention.KeptHeads)]);

        // Who does not know of parts that are left out, or of features that no norm runs over, must not take the model for one of its own: then
        // no key of others says why its tensors are smaller.
        bool isForeign = features is not null || blocks.Any(block => block.Skipped != BlockParts.None);
        var layers = blocks.Any(BlockCut.IsCut) ? blocks.ToDictionary(block => block.Index, BlockCut.Describe) : null;
        return config with
        {
            PrunedHeads = pruned.Count == 0 || isForeign ? null : pruned,
            PerLayerConfig = layers is null || isForeign || blocks.Any(block => block.Attentions.Count > 1) ? null : Overrides(architecture, layers, config),
            Sparsum = layers is null && features is null ? null : new SparsumConfig { Layers = layers, HiddenFeatures = features },
        };
    }

    /// <summary>
    /// The sizes as Hugging Face libraries write them: keys of the configuration alone, each in the entry of every block if it is in any,
    /// and none that no block has another value for. Null where the architecture has no such key for a size that differs, or where a key
    /// would change another size along: the number of heads, if the width of a head follows from it.
    /// </summary>
    private static Dictionary<int, LayerConfig>? Overrides(IArchitecture architecture, Dictionary<int, LayerConfig> layers, ModelConfig config)
    {
        var keys = architecture.Write(config);
        var (heads, groups, neurons) = (
            Differs("num_attention_heads", layer => layer.NumAttentionHeads),
            Differs("num_key_value_heads", layer => layer.NumKeyValueHeads),
            Differs("intermediate_size", layer => layer.IntermediateSize));
        bool hasExperts = layers.Values.Any(layer => layer.Experts is not null);
        return hasExperts || heads is null || groups is null || neurons is null || (heads == true && !config.HasFreeHeadCount()) || !(heads.Value || neurons.Value)
            ? null
            : layers.ToDictionary(entry => entry.Key, entry => new LayerConfig
            {
                NumAttentionHeads = heads.Value ? entry.Value.NumAttentionHeads : null,
                NumKeyValueHeads = groups.Value ? entry.Value.NumKeyValueHeads : null,
                IntermediateSize = neurons.Value ? entry.Value.IntermediateSize : null,
            });

        // Null: the architecture keeps this size under another name, or derives it.
        bool? Differs(string key, Func<LayerConfig, int?> size) =>
            keys[key] is JsonValue value && value.TryGetValue(out int whole) ? layers.Values.Any(layer => size(layer) != whole) : null;
    }

    private static TransformerBlock Block(IReadOnlyList<TransformerBlock> blocks, string key, int index) => index >= 0 && index < blocks.Count
        ? blocks[index]
        : throw ConfigCheck.Invalid(key, FormattableString.Invariant($"block {index}"), FormattableString.Invariant($"for blocks 0 to {blocks.Count - 1}"));

    private static void KeepFeatures(TransformerModel model, IReadOnlyList<int> features)
    {
        int width = model.HiddenSize;
        if (features.Count == 0 || features.Any(feature => feature < 0 || feature >= width))
        {
            throw ConfigCheck.Invalid(HiddenFeatures, $"'{IndexList.Format(features)}'", FormattableString.Invariant($"some of the features 0 to {width - 1}"));
        }

        int[] gone = [.. Enumerable.Range(0, width).Except(features)];
        foreach (var norm in model.HiddenNorms)
        {
            norm.RemoveFeatures(gone);
        }
    }

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
            throw ConfigCheck.Unsupported(PrunedHeads, found, attention.HasRemovableHeads
                ? $"whole groups of {attention.GroupSize} heads, as they share keys and values"
                : "no head, as one norm runs over all");
        }
    }
}
