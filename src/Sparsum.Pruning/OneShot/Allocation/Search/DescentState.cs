namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Where a descent over the levels of all parts is: ratios, which need not be those of levels, and what is left of the steps before. What a part
/// costs is what it would change to prune one weight more of it, by the derivative at its level. A part that costs more than all do on average is
/// pruned less, one that costs less more; the mean over weights stays. How far a part moves is its cost over the geometric mean of what it usually is
/// and of what costs of all parts are: by the first alone, as Adam steps (Kingma and Ba 2015), parts whose costs are noise would move as far as any,
/// by the second alone few would move at all.
/// </summary>
internal sealed record DescentState
{
    private const double Momentum = 0.8;
    private const double SquareMomentum = 0.98;

    /// <summary>No part moves further than so many times the rate.</summary>
    private const double MostRelative = 4;

    /// <summary>How often the mean is mended after ratios are kept within their bounds; what little is left of it the levels make up for.</summary>
    private const int Corrections = 3;

    /// <summary>Steps that led here.</summary>
    public int Steps { get; init; }

    /// <summary>The ratio of each part.</summary>
    public required IReadOnlyList<double> Ratios { get; init; }

    /// <summary>The moving mean of what each part costs, above the mean over all weights.</summary>
    public required IReadOnlyList<double> Costs { get; init; }

    /// <summary>The moving mean of its square.</summary>
    public required IReadOnlyList<double> Squares { get; init; }

    /// <summary>At levels, at rest.</summary>
    public static DescentState At(LevelGrid grid, IReadOnlyList<int> levels) => new()
    {
        Ratios = [.. levels.Select((level, part) => grid.Ratio(part, level))],
        Costs = new double[levels.Count],
        Squares = new double[levels.Count],
    };

    /// <summary>The levels that meet the target and are nearest.</summary>
    public int[] Levels(LevelGrid grid) => grid.Nearest(Ratios) ?? throw new InvalidOperationException("Levels met the target before, and so some always do.");

    /// <summary>One step further; nowhere where a derivative is no number.</summary>
    /// <param name="grid">The parts.</param>
    /// <param name="levels">Where the derivative was taken.</param>
    /// <param name="products">For each part the product of the derivative with its weights at each level, from the densest on.</param>
    /// <param name="rate">Levels by which a part moves whose cost is what it usually is.</param>
    public DescentState Next(LevelGrid grid, IReadOnlyList<int> levels, IReadOnlyList<double[]> products, double rate)
    {
        int steps = Steps + 1;
        double[] costs = [.. levels.Select((level, part) => Cost(grid, part, level, products[part]))];
        if (!costs.All(double.IsFinite))
        {
            return this with { Steps = steps };
        }

        // A part that cannot move tells nothing about the others.
        double[] weights = [.. grid.Parts.Select((part, i) => grid.IsFixed(i) ? 0 : (double)part.Weights)];
        double all = Math.Max(1, weights.Sum());
        double mean = Mean(costs);
        double[] above = [.. costs.Select((cost, i) => weights[i] == 0 ? 0 : cost - mean)];
        double[] moving = [.. Costs.Zip(above, (before, cost) => (Momentum * before) + ((1 - Momentum) * cost))];
        double[] squares = [.. Squares.Zip(above, (before, cost) => (SquareMomentum * before) + ((1 - SquareMomentum) * cost * cost))];

        // Means that began at 0 are made up for it.
        double begun = 1 - Math.Pow(Momentum, steps);
        double typical = Math.Sqrt(moving.Sum(cost => cost * cost) / Math.Max(1, weights.Count(weight => weight > 0))) / begun;
        double[] ratios = [.. Ratios.Select((ratio, i) => ratio - (rate * grid.StepOf(i) * Math.Clamp(Relative(i), -MostRelative, MostRelative)))];
        for (int correction = 0; correction < Corrections; correction++)
        {
            double shift = Mean(Ratios) - Mean(ratios);
            for (int i = 0; i < ratios.Length; i++)
            {
                ratios[i] = grid.IsFixed(i) ? ratios[i] : Math.Clamp(ratios[i] + shift, grid.Ratio(i, grid.Least(i)), grid.Ratio(i, grid.Most(i)));
            }
        }

        return new DescentState { Steps = steps, Ratios = ratios, Costs = moving, Squares = squares };

        double Mean(IReadOnlyList<double> values) => values.Zip(weights, (value, weight) => value * weight).Sum() / all;

        double Relative(int part) => squares[part] == 0 || typical == 0 ? 0
            : moving[part] / begun / Math.Sqrt(typical * Math.Sqrt(squares[part] / (1 - Math.Pow(SquareMomentum, steps))));
    }

    /// <summary>What a quantum more of a part costs at a level, over what lies between the levels beside it.</summary>
    private static double Cost(LevelGrid grid, int part, int level, double[] products)
    {
        int up = Math.Min(level + 1, grid.Most(part));
        int down = Math.Max(level - 1, grid.Least(part));
        return up == down ? 0 : (products[up - grid.Least(part)] - products[down - grid.Least(part)]) / ((up - down) * (double)grid.Quanta[part]);
    }
}
