namespace Sparsum.Pruning.SparseTraining.Targets;

/// <summary>How a run gets to the sparsity that was asked for. Each ends with it exactly.</summary>
public enum TargetMode
{
    /// <summary>
    /// A cubic ramp sets the smallest magnitudes to zero and keeps them there while penalties, steered to keep up, decide which are small;
    /// the last part of the run trains what is left.
    /// </summary>
    Ramp,

    /// <summary>Penalties are steered along the ramp; a magnitude threshold after the last step does the rest.</summary>
    Controller,

    /// <summary>Penalties are what they are; a magnitude threshold after the last step does the rest.</summary>
    Quantile,
}
