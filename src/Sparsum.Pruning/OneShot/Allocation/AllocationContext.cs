using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation may look at.</summary>
public sealed record AllocationContext
{
    /// <summary>The model; its parameters are not loaded, and an allocation that loads some releases them again.</summary>
    public required PretrainedModel Pretrained { get; init; }

    /// <summary>What is spread, and what will prune by it.</summary>
    public required AllocationTask Task { get; init; }

    /// <summary>The target over all pruned matrices, from 0 to below 1.</summary>
    public double Sparsity => Task.Sparsity;

    /// <summary>Calibration sequences; null when none were given.</summary>
    public CalibrationSet? Calibration { get; init; }

    /// <summary>What computes.</summary>
    public required IBackend Backend { get; init; }

    /// <summary>Told of phases and blocks.</summary>
    public IProgress<PruneProgress>? Progress { get; init; }

    /// <summary>
    /// A folder of the run's own. What an allocation keeps there is still there when an interrupted run is resumed with the same options.
    /// </summary>
    public required string StateFolder { get; init; }
}
