using Sparsum.Pruning.Measures;
namespace Sparsum.Pruning.Compaction;

/// <summary>What compaction does to a block.</summary>
/// <param name="Attentions">One per attention module.</param>
/// <param name="FeedForwards">One per MLP.</param>
/// <param name="Features">One per linear layer, in the block's order.</param>
/// <param name="NonZeros">Nonzeros of each linear layer once all is cut, in the same order.</param>
internal sealed record BlockPlan(
    IReadOnlyList<ModulePlan> Attentions, IReadOnlyList<ModulePlan> FeedForwards, IReadOnlyList<FeaturePlan> Features, IReadOnlyList<long> NonZeros);
