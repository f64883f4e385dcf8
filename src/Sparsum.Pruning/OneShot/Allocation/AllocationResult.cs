using System.Text.Json.Nodes;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation found.</summary>
/// <param name="Plan">How sparse each layer is to become.</param>
public sealed record AllocationResult(SparsityPlan Plan)
{
    /// <summary>What led to it, for the run record: choices, metrics of candidates, ratios. Null when there is nothing to tell.</summary>
    public JsonObject? Report { get; init; }
}
