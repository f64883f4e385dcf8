using Sparsum.Tensors.Optimization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>
/// One term of a regulariser over the weights of one or a few matrices. It is computed from sweep statistics alone: value and
/// coefficients never read the weights again.
/// </summary>
public interface IPenaltyTerm
{
    /// <summary>The weights, all <c>[out, in]</c>.</summary>
    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Whether statistics per column are needed.</summary>
    bool NeedsColumns { get; }

    /// <summary>The term's value, before its factor in the objective.</summary>
    /// <param name="statistics">Statistics of each parameter, in order.</param>
    double Value(IReadOnlyList<SweepStatistics> statistics);

    /// <summary>The gradient of each parameter, as coefficients of <c>sign(w)</c>.</summary>
    /// <param name="statistics">Statistics of each parameter, in order.</param>
    /// <param name="factor">The term's factor in the objective (α or β).</param>
    IReadOnlyList<FusedPenalty> Penalties(IReadOnlyList<SweepStatistics> statistics, double factor);
}

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
