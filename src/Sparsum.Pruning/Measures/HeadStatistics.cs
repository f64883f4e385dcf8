namespace Sparsum.Pruning.Measures;

/// <summary>Which heads runs remove: the paper's figures 3 and 7, over runs that removed enough.</summary>
public sealed class HeadStatistics
{
    private readonly IReadOnlyList<bool[,]> runs;

    /// <summary>Takes the runs that removed at least <paramref name="minimumRemoved"/> heads.</summary>
    /// <param name="runs">Per run <c>[layers, heads]</c>, true where the head was removed; all of one shape.</param>
    /// <param name="minimumRemoved">Runs that removed fewer are left out.</param>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public HeadStatistics(IEnumerable<bool[,]> runs, int minimumRemoved = 10)
    {
        this.runs = [.. runs.Where(run => run.Cast<bool>().Count(removed => removed) >= minimumRemoved)];
        if (this.runs.Select(run => (run.GetLength(0), run.GetLength(1))).Distinct().Count() > 1)
        {
            throw new ArgumentException("Runs of one model have the same layers and heads.", nameof(runs));
        }
    }

    /// <summary>Runs that count.</summary>
    public int RunCount => runs.Count;

    /// <summary>The share of runs that removed each head, <c>[layers, heads]</c>; empty without runs.</summary>
    public double[,] RemovalFractions()
    {
        if (runs.Count == 0)
        {
            return new double[0, 0];
        }

        double[,] fractions = new double[runs[0].GetLength(0), runs[0].GetLength(1)];
        for (int layer = 0; layer < fractions.GetLength(0); layer++)
        {
            for (int head = 0; head < fractions.GetLength(1); head++)
            {
                fractions[layer, head] = (double)runs.Count(run => run[layer, head]) / runs.Count;
            }
        }

        return fractions;
    }

    /// <summary>
    /// For each head number the mean over layers and runs, and the standard deviation over runs of the run's mean over layers.
    /// </summary>
    public IReadOnlyList<(double Mean, double StandardDeviation)> Overall()
    {
        int heads = runs.Count == 0 ? 0 : runs[0].GetLength(1);
        return [.. Enumerable.Range(0, heads).Select(Summarise)];

        (double Mean, double StandardDeviation) Summarise(int head)
        {
            double[] shares =
            [
                .. runs.Select(run => Enumerable.Range(0, run.GetLength(0)).Average(layer => run[layer, head] ? 1.0 : 0.0)),
            ];
            double mean = shares.Average();
            return (mean, Math.Sqrt(shares.Average(share => (share - mean) * (share - mean))));
        }
    }

    /// <summary>Mean number of heads removed in each layer.</summary>
    public IReadOnlyList<double> RemovedPerLayer()
    {
        double[,] fractions = RemovalFractions();
        return
        [
            .. Enumerable.Range(0, fractions.GetLength(0))
                .Select(layer => Enumerable.Range(0, fractions.GetLength(1)).Sum(head => fractions[layer, head])),
        ];
    }
}
