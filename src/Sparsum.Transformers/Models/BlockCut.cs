using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>One entry of <c>sparsum.layers</c> put into a block of full size, and taken from one that was cut.</summary>
internal static class BlockCut
{
    private static readonly (BlockParts Part, string Name)[] PartNames =
        [(BlockParts.Attention, "attention"), (BlockParts.CrossAttention, "cross_attention"), (BlockParts.FeedForward, "feed_forward")];

    /// <summary>Whether anything was removed from a block.</summary>
    public static bool IsCut(TransformerBlock block) =>
        block.Skipped != BlockParts.None
        || block.Linears.Any(linear => linear.Weight.Kept(SliceAxis.Rows) is not null || linear.Weight.Kept(SliceAxis.Columns) is not null);

    /// <summary>The entry of a block.</summary>
    public static LayerConfig Describe(TransformerBlock block) => Describe(block.FeedForwards, Describe(block.Attention, new LayerConfig())) with
    {
        CrossAttention = block.CrossAttention is null ? null : Describe(block.CrossAttention, new AttentionConfig()),
        Skipped = block.Skipped == BlockParts.None ? null : [.. PartNames.Where(part => block.Skipped.HasFlag(part.Part)).Select(part => part.Name)],
    };

    /// <summary>Cuts a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="layer">What is left of it.</param>
    /// <param name="entry">The path of the entry, for messages.</param>
    /// <exception cref="Core.InvalidInputException">The entry makes no sense for the block.</exception>
    public static void Apply(TransformerBlock block, LayerConfig layer, string entry)
    {
        Cut(block.Attention, layer, entry);
        if (layer.CrossAttention is { } cross)
        {
            string path = $"{entry}.cross_attention";
            Cut(block.CrossAttention ?? throw ConfigCheck.Invalid(path, "there", "absent: the block has none"), cross, path);
        }

        CutFeedForwards(block, layer, entry);
        RequireEqualInputs(block, entry);
        foreach (string name in layer.Skipped ?? [])
        {
            var part = PartNames.FirstOrDefault(known => known.Name == name).Part;
            if (part == BlockParts.None || (part == BlockParts.CrossAttention && block.CrossAttention is null))
            {
                throw ConfigCheck.Invalid($"{entry}.skipped", $"'{name}'", "a list of parts that the block has: attention, cross_attention, feed_forward");
            }

            block.Skipped |= part;
        }
    }

    private static LayerConfig Describe(IReadOnlyList<FeedForwardLayer> layers, LayerConfig config)
    {
        FeedForwardConfig[] all =
        [
            .. layers.Select(layer => new FeedForwardConfig
            {
                IntermediateSize = layer.NeuronCount,
                KeptNeurons = layer.KeptNeurons,
                GateInputs = layer.Gate?.Inputs,
                UpInputs = layer.Up.Inputs,
                DownOutputs = layer.Down.Outputs,
            }),
        ];
        return all is not [var only]
            ? config with { Experts = all }
            : config with
            {
                IntermediateSize = only.IntermediateSize,
                KeptNeurons = only.KeptNeurons,
                GateInputs = only.GateInputs,
                UpInputs = only.UpInputs,
                DownOutputs = only.DownOutputs,
            };
    }

    private static void CutFeedForwards(TransformerBlock block, LayerConfig layer, string entry)
    {
        var own = new FeedForwardConfig
        {
            IntermediateSize = layer.IntermediateSize,
            KeptNeurons = layer.KeptNeurons,
            GateInputs = layer.GateInputs,
            UpInputs = layer.UpInputs,
            DownOutputs = layer.DownOutputs,
        };
        var layers = block.FeedForwards;
        if (layers.Count == 1 && layer.Experts is null)
        {
            Cut(layers[0], own, entry);
            return;
        }

        if (layer.Experts is null && own == new FeedForwardConfig())
        {
            return;
        }

        if (layer.Experts?.Count != layers.Count || layers.Count == 1 || own != new FeedForwardConfig())
        {
            throw ConfigCheck.Invalid(
                $"{entry}.experts",
                layer.Experts is null ? "missing" : $"a list of {layer.Experts.Count}",
                layers.Count == 1 ? "absent: the block has one MLP" : $"a list of {layers.Count} without keys of an MLP beside it");
        }

        for (int i = 0; i < layers.Count; i++)
        {
            string path = FormattableString.Invariant($"{entry}.experts[{i}]");
            Cut(layers[i], layer.Experts[i] ?? throw ConfigCheck.Invalid(path, "null", "an entry"), path);
        }
    }

    private static void Cut(FeedForwardLayer feedForward, FeedForwardConfig config, string entry)
    {
        feedForward.RemoveNeurons(
            Gone(feedForward.KeptNeurons, config.KeptNeurons, config.IntermediateSize, $"{entry}.kept_neurons", $"{entry}.intermediate_size"));
        CutInputs(feedForward.Gate, config.GateInputs, $"{entry}.gate_inputs");
        CutInputs(feedForward.Up, config.UpInputs, $"{entry}.up_inputs");
        CutOutputs(feedForward.Down, config.DownOutputs, $"{entry}.down_outputs");
    }

    private static T Describe<T>(AttentionLayer attention, T config)
        where T : AttentionConfig => (T)(config with
        {
            NumAttentionHeads = attention.HeadCount,
            NumKeyValueHeads = attention.KeyValueHeadCount,
            KeptHeads = attention.KeptHeads,
            QueryInputs = attention.Query.Inputs,
            KeyInputs = attention.Key.Inputs,
            ValueInputs = attention.Value.Inputs,
            AttentionOutputs = attention.Output.Outputs,
        });

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
                attention.HasRemovableHeads
                    ? $"whole groups of {attention.GroupSize} heads, as they share keys and values"
                    : "all heads, as one norm runs over them");
        }

        if (config.NumKeyValueHeads is { } count && count != attention.KeyValueHeadCount)
        {
            throw ConfigCheck.Invalid(
                $"{entry}.num_key_value_heads",
                $"{count}",
                FormattableString.Invariant($"{attention.KeyValueHeadCount}, which go with the query heads"));
        }

        CutInputs(attention.Query, config.QueryInputs, $"{entry}.query_inputs");
        CutInputs(attention.Key, config.KeyInputs, $"{entry}.key_inputs");
        CutInputs(attention.Value, config.ValueInputs, $"{entry}.value_inputs");
        CutOutputs(attention.Output, config.AttentionOutputs, $"{entry}.attention_outputs");
    }

    private static void CutInputs(Linear? linear, IReadOnlyList<int>? kept, string key)
    {
        if (kept is not null && linear is null)
        {
            throw ConfigCheck.Invalid(key, "there", "absent: the MLP has no gate");
        }

        if (kept is not null)
        {
            linear!.RemoveInputs(Gone([.. Enumerable.Range(0, linear.InputSize)], kept, null, key, key));
        }
    }

    private static void CutOutputs(Linear linear, IReadOnlyList<int>? kept, string key)
    {
        if (kept is not null)
        {
            linear.RemoveOutputs(Gone([.. Enumerable.Range(0, linear.OutputSize)], kept, null, key, key));
        }
    }

    /// <summary>Parts of one checkpoint tensor have its columns in common.</summary>
    private static void RequireEqualInputs(TransformerBlock block, string entry)
    {
        foreach (var parts in block.Linears.GroupBy(linear => linear.Weight.Source.TensorName))
        {
            var first = parts.First().Inputs ?? [];
            if (parts.Any(part => !(part.Inputs ?? []).SequenceEqual(first)))
            {
                throw ConfigCheck.Invalid(
                    entry,
                    $"different inputs for {string.Join(", ", parts.Select(part => part.Name))}",
                    $"the same, as they are stored in '{parts.Key}'");
            }
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
        if (kept.Count == 0)
        {
            throw ConfigCheck.Invalid(keptKey, "empty", "a list of at least one");
        }

        int[] unknown = [.. kept.Except(present).Take(5)];
        return unknown.Length == 0
            ? [.. present.Except(kept)]
            : throw ConfigCheck.Invalid(keptKey, $"with {string.Join(", ", unknown)}", $"a list of some that are there: {IndexList.Format(present)}");
    }
}
