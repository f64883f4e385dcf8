using Sparsum.Pruning.Measures;
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
        int[][] full = [.. model.Blocks.Select(block => block.FeedForwards.Select(layer => layer.NeuronCount).ToArray())];
        int[][] widths =
        [
            .. plans.Zip(full, (plan, sizes) =>
                plan.FeedForwards.Zip(sizes, (module, size) => Width(size, module, options.RoundTo)).ToArray()),
        ];
        if (!options.IsUniform)
        {
            return new ModelPlan([.. plans.Select((plan, block) => PadNeurons(plan, full[block], widths[block]))], null, []);
        }

        var first = model.Blocks[0].Attention;
        int liveGroups = plans.SelectMany(plan => plan.Attentions).Max(plan => (first.HeadCount - plan.Dead.Count) / first.GroupSize);
        int groups = config.HasFreeHeadCount() ? liveGroups : first.KeyValueHeadCount;

        // Whether all MLPs are of one size that the configuration can change is seen when it is asked to.
        bool areEqual = full.SelectMany(sizes => sizes).Distinct().Count() == 1;
        int widest = areEqual ? widths.Max(sizes => sizes.Max()) : full[0][0];
        var uniform = new LayerSizes(groups * first.GroupSize, groups, widest);
        string[] remarks = groups == liveGroups
            ? []
            : [FormattableString.Invariant(
                $"all {first.HeadCount} heads stay, dead ones as zeros: no configuration of this architecture has just the {liveGroups * first.GroupSize} needed")];
        return new ModelPlan(
            [
                .. plans.Select((plan, block) => PadHeads(
                    PadNeurons(plan, full[block], areEqual ? [.. full[block].Select(_ => widest)] : full[block]),
                    first.HeadCount - uniform.NumAttentionHeads)),
            ],
            uniform,
            remarks);
    }

    private static int Width(int full, ModulePlan module, int multiple)
    {
        int live = full - module.Dead.Count;
        return Math.Min(full, (live + multiple - 1) / multiple * multiple);
    }

    private static BlockPlan PadNeurons(BlockPlan plan, int[] full, int[] widths) => plan with
    {
        FeedForwards = [.. plan.FeedForwards.Select((module, i) => module.Keep(module.Dead.Count - (full[i] - widths[i])))],
    };

    private static BlockPlan PadHeads(BlockPlan plan, int removed) =>
        plan with { Attentions = [.. plan.Attentions.Select(module => module.Keep(module.Dead.Count - removed))] };
}
