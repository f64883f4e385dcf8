using Sparsum.Pruning.Measures;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Compaction;

/// <summary>Decides what of a block can go without a change of what it computes.</summary>
internal static class BlockPlanner
{
    /// <summary>Looks at a block at its full size whose values are loaded; changes nothing.</summary>
    /// <param name="block">The block.</param>
    /// <param name="removesFeatures">Whether single input and output features of matrices may go.</param>
    public static BlockPlan Plan(TransformerBlock block, bool removesFeatures)
    {
        ModulePlan[] attentions = [.. block.Attentions.Select(DeadHeads.Find)];
        ModulePlan[] feedForwards = [.. block.FeedForwards.Select(DeadNeurons.Find)];
        ParameterSlice[] slices =
        [
            .. block.Attentions.Zip(attentions).SelectMany(item => item.First.SliceHeads([.. item.Second.Dead])),
            .. block.FeedForwards.Zip(feedForwards).SelectMany(item => item.First.SliceNeurons([.. item.Second.Dead])),
        ];
        var (features, nonZeros) = DeadFeatures.Find(block, slices, removesFeatures);
        return new BlockPlan(attentions, feedForwards, features, nonZeros);
    }

    /// <summary>A plan that removes nothing.</summary>
    public static BlockPlan Nothing(TransformerBlock block)
    {
        var nothing = new ModulePlan([], [], null);
        return new BlockPlan(
            [.. block.Attentions.Select(_ => nothing)],
            [.. block.FeedForwards.Select(_ => nothing)],
            [.. block.Linears.Select(_ => FeaturePlan.None)],
            [.. block.Linears.Select(linear => ZeroPattern.Of(linear.Weight.Value).NonZeros)]);
    }
}
