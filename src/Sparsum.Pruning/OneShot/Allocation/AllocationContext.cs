using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>What an allocation may look at.</summary>
public sealed record AllocationContext
{
    /// <summary>The model; its parameters are not loaded, and an allocation that loads some releases them again.</summary>
    public required PretrainedModel Pretrained { get; init; }

    /// <summary>The target over all pruned matrices, from 0 to below 1.</summary>
    public required double Sparsity { get; init; }

    /// <summary>The saliency that the ratios will be used with.</summary>
    public required ISaliency Saliency { get; init; }

    /// <summary>Calibration sequences; null when none were given.</summary>
    public CalibrationSet? Calibration { get; init; }

    /// <summary>What computes.</summary>
    public required IBackend Backend { get; init; }
}
