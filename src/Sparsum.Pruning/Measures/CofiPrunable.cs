using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Measures;

/// <summary>The prunable size of a model as CoFi counts it (Xia et al. 2022, its published code).</summary>
internal static class CofiPrunable
{
    private const int ValuesPerHiddenDimension = 5;

    /// <summary>
    /// Of each head its four matrices and as many biases per feature; of each MLP its matrices and five values per hidden dimension. For
    /// BERT-base 85,017,600.
    /// </summary>
    public static long Size(IEnumerable<TransformerBlock> blocks) => blocks.Sum(block =>
        block.Attentions.Sum(attention => attention.Linears.Sum(linear => linear.Weight.DenseElements)
            + ((long)attention.Linears.Count * attention.OriginalHeadCount * attention.HeadSize))
        + block.FeedForward.Linears.Sum(linear => linear.Weight.DenseElements)
        + block.FeedForwards.Sum(layer => (long)ValuesPerHiddenDimension * layer.Down.OutputSize));
}
