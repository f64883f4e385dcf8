using Sparsum.Tensors.Optimization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>The sum of magnitudes of one matrix: the baseline.</summary>
/// <param name="parameter">The matrix.</param>
public sealed class L1Penalty(Parameter parameter) : IPenaltyTerm
{
    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; } = [parameter];

    /// <inheritdoc/>
    public bool NeedsColumns => false;

    /// <inheritdoc/>
    public double Value(IReadOnlyList<SweepStatistics> statistics) => statistics[0].RowSums.Sum();

    /// <inheritdoc/>
    public IReadOnlyList<FusedPenalty> Penalties(IReadOnlyList<SweepStatistics> statistics, double factor) =>
        [FusedPenalty.PerRow([.. Enumerable.Repeat((float)factor, statistics[0].Rows)])];
}
