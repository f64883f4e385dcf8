using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>Has the weights of a model that was made smaller as a whole count as those of the dense model.</summary>
internal static class DenseCounts
{
    /// <summary>Sets <see cref="Parameter.DenseShape"/> of the matrices of all blocks.</summary>
    /// <param name="blocks">Blocks of the size that the configuration says.</param>
    /// <param name="dense">Sizes of the dense model.</param>
    /// <exception cref="Core.InvalidInputException">A size is smaller than what is there, or not believable.</exception>
    public static void Apply(IReadOnlyList<TransformerBlock> blocks, LayerSizes dense)
    {
        ConfigCheck.Sizes(
            ("compaction.dense_sizes.num_attention_heads", dense.NumAttentionHeads),
            ("compaction.dense_sizes.num_key_value_heads", dense.NumKeyValueHeads),
            ("compaction.dense_sizes.intermediate_size", dense.IntermediateSize));
        foreach (var block in blocks)
        {
            foreach (var attention in block.Attentions)
            {
                Require("num_attention_heads", dense.NumAttentionHeads, attention.HeadCount);
                Require("num_key_value_heads", dense.NumKeyValueHeads, attention.KeyValueHeadCount);
                int width = dense.NumAttentionHeads * attention.HeadSize;
                int keyValueWidth = dense.NumKeyValueHeads * attention.HeadSize;
                attention.Query.Weight.CountAsDense(SliceAxis.Rows, width);
                attention.Key.Weight.CountAsDense(SliceAxis.Rows, keyValueWidth);
                attention.Value.Weight.CountAsDense(SliceAxis.Rows, keyValueWidth);
                attention.Output.Weight.CountAsDense(SliceAxis.Columns, width);
            }

            foreach (var layer in block.FeedForwards)
            {
                Require("intermediate_size", dense.IntermediateSize, layer.NeuronCount);
                foreach (var linear in layer.Expand)
                {
                    linear.Weight.CountAsDense(SliceAxis.Rows, dense.IntermediateSize);
                }

                layer.Down.Weight.CountAsDense(SliceAxis.Columns, dense.IntermediateSize);
            }
        }
    }

    private static void Require(string key, int dense, int present)
    {
        if (dense < present)
        {
            throw ConfigCheck.Invalid($"compaction.dense_sizes.{key}", $"{dense}", $"at least the {present} that are there");
        }
    }
}
