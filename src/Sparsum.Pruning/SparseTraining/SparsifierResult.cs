using Sparsum.Pruning.Measures;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>What finishing a run came to.</summary>
/// <param name="BeforeFinish">Sparsity at ε before the zeros were written: what training itself brought.</param>
/// <param name="Threshold">The largest magnitude that finishing set to zero.</param>
/// <param name="LargestThreshold">
/// The largest magnitude that was set to zero at any time, τ. Far above ε it says that magnitude pruning did most of the work.
/// </param>
/// <param name="Excess">
/// Weights that are zero or removed beyond the sparsity that was asked for: of a model that came with more, of zeros that are locked, or of
/// penalties that wrote more than a threshold at the end could take back. 0 where the target is met, and without one.
/// </param>
public sealed record SparsifierResult(PrunableSparsity BeforeFinish, double Threshold, double LargestThreshold, long Excess)
{
    /// <summary>Where the zeros come from; null where the method does not keep count.</summary>
    public SparsitySources? Sources { get; init; }
}
