using Sparsum.Core;
using Sparsum.Tensors.Optimization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>
/// Favours attention modules that read few input dimensions (Dhurandhar et al. 2024, equation 2): <c>R = Σ_i √s_i</c> with s_i the sum of
/// magnitudes of column i over all matrices of the group, all heads together. The gradient is
/// <c>sign(W[o,i]) / (2 · √max(s_i, floor))</c>.
/// </summary>
public sealed class AttentionPenalty : IPenaltyTerm
{
    private readonly double floor;

    /// <summary>A term over matrices that read the same stream: query, key and value of self-attention.</summary>
    /// <param name="parameters">The matrices, all of one input width.</param>
    /// <param name="floor">Bounds the gradient of almost empty groups.</param>
    /// <exception cref="ArgumentException">There is none, or input widths differ.</exception>
    /// <exception cref="InvalidInputException">The matrices were compacted to different input features.</exception>
    public AttentionPenalty(IReadOnlyList<Parameter> parameters, double floor = 1e-8)
    {
        var read = parameters.Select(parameter => parameter.Kept(SliceAxis.Columns) ?? []).ToList();
        if (read.Any(columns => !columns.SequenceEqual(read[0])))
        {
            throw new InvalidInputException("different-inputs", $"'{parameters[0].Name}' reads other features of its input than its group.")
            {
                File = parameters[0].Name,
                Expected = "query, key and value that read the same features, as a column of all three is one group",
                Hint = "Expand the model first: compact it with `format dense`.",
            };
        }

        if (parameters.Count == 0 || parameters.Any(parameter => parameter.Shape[1] != parameters[0].Shape[1]))
        {
            throw new ArgumentException("Matrices of one group read inputs of one width.", nameof(parameters));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(floor);
        Parameters = parameters;
        this.floor = floor;
    }

    /// <inheritdoc/>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <inheritdoc/>
    public bool NeedsColumns => true;

    /// <inheritdoc/>
    public double Value(IReadOnlyList<SweepStatistics> statistics) => Sums(statistics).Sum(Math.Sqrt);

    /// <inheritdoc/>
    public IReadOnlyList<FusedPenalty> Penalties(IReadOnlyList<SweepStatistics> statistics, double factor)
    {
        var penalty = FusedPenalty.PerColumn(
            [.. Sums(statistics).Select(sum => (float)(factor / (2 * Math.Sqrt(Math.Max(sum, floor)))))]);
        return [.. Parameters.Select(_ => penalty)];
    }

    private static double[] Sums(IReadOnlyList<SweepStatistics> statistics)
    {
        double[] sums = new double[statistics[0].Columns];
        foreach (var matrix in statistics)
        {
            for (int i = 0; i < sums.Length; i++)
            {
                sums[i] += matrix.ColumnSums[i];
            }
        }

        return sums;
    }
}
