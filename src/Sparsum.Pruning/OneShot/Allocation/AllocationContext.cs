using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation may look at.</summary>
public sealed record AllocationContext
{
    /// <summary>The model; its parameters are not loaded, and an allocation that loads some releases them again.</summary>
    public required PretrainedModel Pretrained { get; init; }

    /// <summary>The options of the run.</summary>
    public required PruneOptions Options { get; init; }

    /// <summary>The target over all pruned matrices, from 0 to below 1.</summary>
    public double Sparsity => Options.Target;

    /// <summary>The settings of the run.</summary>
    public MethodSettings Settings => new(Options.Settings);

    /// <summary>The pruner that the targets will be handed to; a search prunes candidates with it.</summary>
    public required ILayerPruner Pruner { get; init; }

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
