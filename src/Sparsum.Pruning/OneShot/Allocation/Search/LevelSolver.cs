namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// Chooses one option for each part so that the quanta sum to 0 and the costs to as little as possible: a knapsack of multiple choice, solved
/// by dynamic programming over the sums of quanta, exactly.
/// </summary>
internal static class LevelSolver
{
    /// <summary>
    /// The largest sum of quanta, on either side, that is followed. Partial sums beyond it mean that thousands of levels lie on one side; only
    /// models with thousands of parts have any.
    /// </summary>
    private const long MostQuanta = 1 << 16;

    /// <summary>The level of each part; null where no choice sums to 0. Among equals the first options win.</summary>
    /// <param name="options">For each part what can be chosen.</param>
    public static int[]? Solve(IReadOnlyList<IReadOnlyList<LevelOption>> options)
    {
        long reach = Math.Min(MostQuanta, options.Sum(part => part.Max(option => Math.Abs(option.Quanta))));
        int width = checked((int)((2 * reach) + 1));
        double[] costs = new double[width];
        Array.Fill(costs, double.PositiveInfinity);
        costs[reach] = 0;
        var chosen = new short[options.Count][];
        for (int part = 0; part < options.Count; part++)
        {
            double[] next = new double[width];
            Array.Fill(next, double.PositiveInfinity);
            short[] choice = chosen[part] = new short[width];
            for (short i = 0; i < options[part].Count; i++)
            {
                var (_, quanta, cost) = options[part][i];
                long first = Math.Max(0, -quanta);
                long last = Math.Min(width, width - quanta);
                for (long sum = first; sum < last; sum++)
                {
                    if (costs[sum] + cost < next[sum + quanta])
                    {
                        next[sum + quanta] = costs[sum] + cost;
                        choice[sum + quanta] = i;
                    }
                }
            }

            costs = next;
        }

        if (double.IsPositiveInfinity(costs[reach]))
        {
            return null;
        }

        int[] levels = new int[options.Count];
        long at = reach;
        for (int part = options.Count - 1; part >= 0; part--)
        {
            var option = options[part][chosen[part][at]];
            levels[part] = option.Level;
            at -= option.Quanta;
        }

        return levels;
    }

    /// <summary>The largest convex curve below some points of a cost curve, at every whole number between the first and the last.</summary>
    /// <param name="points">Levels, ascending, with their costs.</param>
    public static IReadOnlyList<(int Level, double Cost)> Convex(IReadOnlyList<(int Level, double Cost)> points)
    {
        var hull = new List<(int Level, double Cost)>();
        foreach (var point in points)
        {
            while (hull.Count > 1 && Slope(hull[^2], hull[^1]) >= Slope(hull[^1], point))
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(point);
        }

        var curve = new List<(int, double)> { hull[0] };
        for (int i = 1; i < hull.Count; i++)
        {
            for (int level = hull[i - 1].Level + 1; level <= hull[i].Level; level++)
            {
                curve.Add((level, hull[i - 1].Cost + ((level - hull[i - 1].Level) * Slope(hull[i - 1], hull[i]))));
            }
        }

        return curve;

        static double Slope((int Level, double Cost) from, (int Level, double Cost) to) => (to.Cost - from.Cost) / (to.Level - from.Level);
    }
}

/// <summary>What can be chosen for a part.</summary>
/// <param name="Level">The level, or by how many levels it moves.</param>
/// <param name="Quanta">The quanta that it takes.</param>
/// <param name="Cost">Its cost.</param>
internal readonly record struct LevelOption(int Level, long Quanta, double Cost);
