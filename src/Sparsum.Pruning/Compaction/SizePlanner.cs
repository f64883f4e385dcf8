using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Compaction;

/// <summary>
/// Settles the sizes of blocks after it is known what is dead in them: widths are rounded up, and in a uniform model all blocks get the
/// largest of each size. Where the dead suffice for it they stay as zeros; a width never grows beyond that of the configuration.
/// </summary>
internal static class SizePlanner
{
    /// <summary>Adds the padding.</summary>
    /// <param name="model">The model at its full size.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="plans">What is dead in each block.</param>
    /// <param name="options">What the sizes have to be like.</param>
    public static ModelPlan Settle(TransformerModel model, ModelConfig config, IReadOnlyList<BlockPlan> plans, CompactionOptions options)
    {
        int full = model.Blocks[0].FeedForward.NeuronCount;
        int[] widths = [.. plans.Select(plan => Width(full, plan, options.RoundTo))];
        if (!options.IsUniform)
        {
            return new ModelPlan([.. plans.Zip(widths, (plan, width) => PadNeurons(plan, full - width))], null, []);
        }

        var first = model.Blocks[0].Attention;
        int liveGroups = plans.SelectMany(plan => plan.Attentions).Max(plan => (first.HeadCount - plan.Dead.Count) / first.GroupSize);
        int groups = config.HasFreeHeadCount() ? liveGroups : first.KeyValueHeadCount;
        var sizes = new LayerSizes(groups * first.GroupSize, groups, widths.Max());
        string[] remarks = groups == liveGroups
            ? []
            : [FormattableString.Invariant(
                $"all {first.HeadCount} heads stay, dead ones as zeros: no configuration of this architecture has just the {liveGroups * first.GroupSize} needed")];
        return new ModelPlan(
            [.. plans.Select(plan => PadHeads(PadNeurons(plan, full - sizes.IntermediateSize), first.HeadCount - sizes.NumAttentionHeads))],
            sizes,
            remarks);
    }

    private static int Width(int full, BlockPlan plan, int multiple)
    {
        int live = full - plan.FeedForward.Dead.Count;
        return Math.Min(full, (live + multiple - 1) / multiple * multiple);
    }

    private static BlockPlan PadNeurons(BlockPlan plan, int removed) =>
        plan with { FeedForward = plan.FeedForward.Keep(plan.FeedForward.Dead.Count - removed) };

    private static BlockPlan PadHeads(BlockPlan plan, int removed) =>
        plan with { Attentions = [.. plan.Attentions.Select(module => module.Keep(module.Dead.Count - removed))] };
}
