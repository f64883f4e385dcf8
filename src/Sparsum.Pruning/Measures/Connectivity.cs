using Sparsum.Tensors;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Measures;

/// <summary>
/// How well the rows of matrices are connected: for each row the percentage of weights that are not near zero (the paper's figures 1
/// and 2). In percent since rows differ in length.
/// </summary>
/// <param name="Percentages">One per row, from 0 to 100, matrix after matrix.</param>
public sealed record Connectivity(IReadOnlyList<double> Percentages)
{
    /// <summary>Mean, in percent.</summary>
    public double Mean => Percentages.Average();

    /// <summary>Population standard deviation, in percent.</summary>
    public double StandardDeviation
    {
        get
        {
            double mean = Mean;
            return Math.Sqrt(Percentages.Average(percentage => (percentage - mean) * (percentage - mean)));
        }
    }

    /// <summary>Rows without any connection.</summary>
    public int Isolated => Percentages.Count(percentage => percentage == 0);

    /// <summary>Looks at the rows of matrices; both of every MLP for the paper's figures.</summary>
    public static Connectivity Of(IEnumerable<Tensor> weights, double epsilon = 1e-4)
    {
        var percentages = new List<double>();
        foreach (var weight in weights)
        {
            for (int r = 0; r < weight.RowCount; r++)
            {
                percentages.Add(100.0 * (weight.Columns - Zeros.CountBelow(weight.Row(r), (float)epsilon)) / weight.Columns);
            }
        }

        return new Connectivity(percentages);
    }

    /// <summary>
    /// Looks at the rows that matrices had at first: a row that was removed has no connections, and what was removed of a row counts in its
    /// length.
    /// </summary>
    public static Connectivity Of(IEnumerable<Parameter> weights, double epsilon = 1e-4)
    {
        var percentages = new List<double>();
        foreach (var parameter in weights)
        {
            var (rows, columns) = (parameter.OriginalShape[0], parameter.OriginalShape[1]);
            double kept = (double)parameter.Value.Columns / columns;
            percentages.AddRange(Of([parameter.Value], epsilon).Percentages.Select(percentage => percentage * kept));
            percentages.AddRange(Enumerable.Repeat(0.0, rows - parameter.Value.RowCount));
        }

        return new Connectivity(percentages);
    }

    /// <summary>Counts the rows in bins of equal width over 0 to 100 percent; the last bin includes 100.</summary>
    public int[] Histogram(int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        int[] counts = new int[bins];
        foreach (double percentage in Percentages)
        {
            counts[Math.Min(bins - 1, (int)(percentage * bins / 100))]++;
        }

        return counts;
    }
}
