using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation found.</summary>
/// <param name="Plan">How sparse each layer is to become.</param>
public sealed record AllocationResult(SparsityPlan Plan)
{
    /// <summary>What led to it, for the run record: choices, metrics of candidates, ratios. Null when there is nothing to tell.</summary>
    public JsonObject? Report { get; init; }
}

/// <summary>What an allocation takes, from shapes alone.</summary>
/// <param name="Bytes">
/// The memory that it needs at most with everything that is there while it works; 0 where that is less than pruning needs.
/// </param>
/// <param name="Operations">The floating-point operations of its matrix products and factorisations.</param>
/// <param name="StateBytes">
/// The most bytes that it keeps in <see cref="AllocationContext.StateFolder"/> at a time; 0 where that is next to nothing.
/// </param>
public readonly record struct AllocationCost(long Bytes = 0, double Operations = 0, long StateBytes = 0);
