using Sparsum.Tensors.Optimization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>
/// Punishes the weights of poorly connected neurons more (Dhurandhar et al. 2024, equation 1):
/// <c>R = Σ_i ω_i · Σ_j |W[i,j]|</c> with ω_i the share of near-zero weights in row i as it was at first, constant in the gradient. A row without any is
/// not punished.
/// </summary>
public sealed class MlpPenalty : IPenaltyTerm
{
    private readonly MlpRowAxis axis;

    /// <summary>A term over one matrix, or over several of one shape whose rows are counted together (a gated MLP's gate and up).</summary>
    /// <param name="parameters">The matrices.</param>
    /// <param name="axis">What a row is.</param>
    /// <exception cref="ArgumentException">There is none, or shapes differ.</exception>
    public MlpPenalty(IReadOnlyList<Parameter> parameters, MlpRowAxis axis = MlpRowAxis.OutputNeuron)
    {
        if (parameters.Count == 0 || parameters.Any(parameter => !parameter.Shape.SequenceEqual(parameters[0].Shape)))
        {
            throw new ArgumentException("Matrices that are counted together have one shape.", nameof(parameters));
        }

        Parameters = parameters;
        this.axis = axis;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public bool NeedsColumns => axis == MlpRowAxis.InputNeuron;

    /// <summary>
    /// ω: the share of a row's connections that it has not, over all matrices of the term: near-zero weights, and those that went with neurons
    /// which were removed. It is a share of the row as it was at first, so that removing what is zero changes nothing.
    /// </summary>
    public double[] Weights(IReadOnlyList<SweepStatistics> statistics)
    {
        int length = NeedsColumns ? statistics[0].Rows : statistics[0].Columns;
        int original = Parameters[0].OriginalShape[NeedsColumns ? 0 : 1];
        double[] weights = new double[NeedsColumns ? statistics[0].Columns : statistics[0].Rows];
        for (int i = 0; i < weights.Length; i++)
        {
            long count = statistics.Sum(matrix => (long)(NeedsColumns ? matrix.ColumnNearZero : matrix.RowNearZero)[i]);
            weights[i] = (double)(count + ((long)(original - length) * statistics.Count)) / ((long)original * statistics.Count);
        }

        return weights;
    }

    /// <inheritdoc/>
    public double Value(IReadOnlyList<SweepStatistics> statistics)
    {
        double[] weights = Weights(statistics);
        return statistics.Sum(matrix => (NeedsColumns ? matrix.ColumnSums : matrix.RowSums).Zip(weights, (sum, weight) => sum * weight).Sum());
    }

    /// <inheritdoc/>
    public IReadOnlyList<FusedPenalty> Penalties(IReadOnlyList<SweepStatistics> statistics, double factor)
    {
        float[] coefficients = [.. Weights(statistics).Select(weight => (float)(factor * weight))];
        var penalty = NeedsColumns ? FusedPenalty.PerColumn(coefficients) : FusedPenalty.PerRow(coefficients);
        return [.. Parameters.Select(_ => penalty)];
    }
}
