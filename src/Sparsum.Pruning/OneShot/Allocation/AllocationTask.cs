using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation spreads, and what will prune by it.</summary>
public sealed record AllocationTask
{
    /// <summary>The target over all pruned matrices, from 0 to below 1.</summary>
    public required double Sparsity { get; init; }

    /// <summary>Which weights compete, and in what shape they go.</summary>
    public required MaskOptions Masks { get; init; }

    /// <summary>The pruning method.</summary>
    public required IPruningMethod Method { get; init; }

    /// <summary>Prunes layers in the end, refinement included.</summary>
    public required ILayerPruner Pruner { get; init; }

    /// <summary>Prunes the layers of candidates: by <see cref="IPruningMethod.ForSearch"/>, refinement included.</summary>
    public required ILayerPruner SearchPruner { get; init; }
}
