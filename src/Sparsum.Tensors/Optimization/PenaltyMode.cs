namespace Sparsum.Tensors.Optimization;

/// <summary>How a penalty acts on the weights that an optimiser writes.</summary>
public enum PenaltyMode
{
    /// <summary>Its gradient is added to the task's before clipping, and the moments see the sum: what differentiating the whole objective does.</summary>
    Coupled,

    /// <summary>
    /// Coupled; but a weight that would cross zero against, or without, the pull of the task's gradient becomes exactly 0.
    /// </summary>
    ClipAtZero,

    /// <summary>
    /// The moments see the task's gradient alone; the weights are then soft-thresholded in Adam's own metric, which gives exact zeros:
    /// <c>w = sign(w') · max(|w'| - c · η / (√v̂ + ε), 0)</c>.
    /// </summary>
    Proximal,
}
