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

/// <summary>What compaction does to a block.</summary>
/// <param name="Attentions">One per attention module.</param>
/// <param name="FeedForwards">One per MLP.</param>
/// <param name="Features">One per linear layer, in the block's order.</param>
/// <param name="NonZeros">Nonzeros of each linear layer once all is cut, in the same order.</param>
internal sealed record BlockPlan(
    IReadOnlyList<ModulePlan> Attentions, IReadOnlyList<ModulePlan> FeedForwards, IReadOnlyList<FeaturePlan> Features, IReadOnlyList<long> NonZeros);

/// <summary>Features of one matrix that are all zero once dead heads and neurons are gone.</summary>
/// <param name="Inputs">Input features that no row uses.</param>
/// <param name="Outputs">Output features to which the matrix adds nothing.</param>
internal sealed record FeaturePlan(IReadOnlyList<int> Inputs, IReadOnlyList<int> Outputs)
{
    /// <summary>Nothing to remove.</summary>
    public static FeaturePlan None { get; } = new([], []);
}
