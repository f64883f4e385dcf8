using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>For every layer the change of the channels that its rows feed: what the row step goes by.</summary>
/// <param name="blocks">The blocks.</param>
/// <param name="changes">For each block, for each of its layers that others feed, dense minus sparse norms of the channels.</param>
/// <param name="options">The rules.</param>
internal sealed class RowSignals(
    IReadOnlyList<TransformerBlock> blocks, IReadOnlyList<IReadOnlyDictionary<Linear, float[]>> changes, SearchRules options)
{
    private readonly Dictionary<Linear, float[]> ofReader = changes.SelectMany(block => block).ToDictionary();

    /// <summary>
    /// One number per row, or more than there are rows where <see cref="GroupedHeads.Literal"/> takes the first of them; null where the
    /// rows keep the block's ratio.
    /// </summary>
    public float[]? Of(TransformerBlock block, Linear layer)
    {
        // The last block keeps its ratio, as in the authors' code.
        if (block.Index + 1 == blocks.Count || ChannelConsumers.Of(blocks, block, layer) is not { } reader || !Follows(block, layer, reader))
        {
            return null;
        }

        // A reader that is left out of pruning was not looked at.
        if (!ofReader.TryGetValue(reader, out float[]? change))
        {
            return null;
        }

        return options.RowSignal == RowSignal.Signed ? change : [.. change.Select(Math.Abs)];
    }

    private bool Follows(TransformerBlock block, Linear layer, Linear reader)
    {
        var attention = block.Attentions.FirstOrDefault(attention => attention.Linears.Contains(layer) && attention.Output != layer);
        bool isGrouped = attention is not null && attention.KeyValueHeadCount != attention.HeadCount;
        bool fits = layer.OutputSize == reader.InputSize;
        return !isGrouped ? fits : options.GroupedHeads switch
        {
            GroupedHeads.Query => fits && layer == attention!.Query,
            GroupedHeads.Literal => layer.OutputSize <= reader.InputSize,
            _ => false,
        };
    }
}

/// <summary>
/// Which layer reads what another writes, channel by row: row <c>r</c> of the writer feeds input channel <c>r</c> of the reader, through
/// an attention, an activation, or the residual stream. Follows from the wiring of the blocks alone. Of several experts the last stands for
/// what the residual stream feeds: the shared one, where there is one that every token passes.
/// </summary>
internal static class ChannelConsumers
{
    /// <summary>The layer whose input a layer's rows feed next; null behind the last block.</summary>
    public static Linear? Of(IReadOnlyList<TransformerBlock> blocks, TransformerBlock block, Linear layer)
    {
        foreach (var attention in block.Attentions)
        {
            if (layer == attention.Query || layer == attention.Key || layer == attention.Value)
            {
                return attention.Output;
            }

            if (layer == attention.Output)
            {
                return ReaderOfAttention(block, attention);
            }
        }

        var own = block.FeedForwards.First(feedForward => feedForward.Linears.Contains(layer));
        return layer == own.Contract ? ReaderOfBlock(blocks, block) : own.Contract;
    }

    /// <summary>In a parallel block, too, the MLP counts as the next: the authors' rule for Phi-2.</summary>
    private static Linear ReaderOfAttention(TransformerBlock block, AttentionLayer attention) =>
        attention == block.Attention && block.CrossAttention is { } cross ? cross.Query : block.FeedForwards[^1].Expand[0];

    private static Linear? ReaderOfBlock(IReadOnlyList<TransformerBlock> blocks, TransformerBlock block)
    {
        if (block.Index + 1 == blocks.Count)
        {
            return null;
        }

        // The first block with cross-attention behind one without starts a decoder, which reads the encoder through it.
        var next = blocks[block.Index + 1];
        return block.CrossAttention is null && next.CrossAttention is { } cross ? cross.Key : next.Attention.Query;
    }
}
