namespace Sparsum.Pruning.SparseTraining.Targets;

/// <summary>
/// How a run gets to the sparsity that was asked for. Each ends with it exactly, unless there are more zeros by then already, which a
/// threshold cannot take back.
/// </summary>
public enum TargetMode
{
    /// <summary>
    /// Penalties and redundant heads first: α, β, λ and θ are steered along a straight line, and nothing is set to zero. In the last third
    /// of the ramp the smallest magnitudes are set to zero to close what is left to the target; then the rest trains for the task alone. A
    /// method without penalties has nothing to steer and goes by <see cref="Ramp"/>.
    /// </summary>
    Steered,

    /// <summary>
    /// A cubic ramp sets the smallest magnitudes to zero and keeps them there while penalties, steered to keep up, decide which are small;
    /// the last part of the run trains what is left. Penalties that write zeros by themselves rest shortly before the end of the ramp, so
    /// that what they hold at zero beyond the target moves again.
    /// </summary>
    Ramp,

    /// <summary>Penalties are steered along the ramp; a magnitude threshold after the last step does the rest.</summary>
    Controller,

    /// <summary>Penalties are what they are; a magnitude threshold after the last step does the rest.</summary>
    Quantile,
}
