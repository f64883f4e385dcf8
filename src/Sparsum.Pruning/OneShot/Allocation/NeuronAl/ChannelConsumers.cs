using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

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
                return ReaderOfAttention(blocks, block, attention);
            }
        }

        var own = block.FeedForwards.First(feedForward => feedForward.Linears.Contains(layer));
        return layer == own.Contract ? ReaderOfBlock(blocks, block) : own.Contract;
    }

    private static Linear? ReaderOfAttention(IReadOnlyList<TransformerBlock> blocks, TransformerBlock block, AttentionLayer attention) =>
        block.Style == BlockStyle.Parallel ? ReaderOfBlock(blocks, block)
        : attention == block.Attention && block.CrossAttention is { } cross ? cross.Query
        : block.FeedForwards[^1].Expand[0];

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
