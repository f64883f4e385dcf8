using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Allocation.Search;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The exact solver against all choices there are, and the parts that keep totals.</summary>
public sealed class LevelSolverTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_solution_is_the_best_of_all_choices(int seed)
    {
        var random = new Random(seed);
        LevelOption[][] options =
        [
            .. Enumerable.Range(0, 5).Select(_ =>
            {
                int quanta = random.Next(1, 4);
                return Enumerable.Range(-2, 5).Select(level => new LevelOption(level, level * quanta, random.NextDouble())).ToArray();
            }),
        ];

        int[] found = LevelSolver.Solve(options)!;

        double best = Choices(options, 0).Where(choice => choice.Sum(option => option.Quanta) == 0).Min(choice => choice.Sum(option => option.Cost));
        var chosen = found.Select((level, part) => options[part].Single(option => option.Level == level)).ToList();
        Assert.Equal(0, chosen.Sum(option => option.Quanta));
        Assert.Equal(best, chosen.Sum(option => option.Cost), 1e-12);
    }

    [Fact]
    public void Where_no_choice_balances_there_is_none() =>
        Assert.Null(LevelSolver.Solve([[new LevelOption(1, 2, 0)], [new LevelOption(0, 0, 0), new LevelOption(-1, -1, 0)]]));

    [Fact]
    public void The_convex_curve_touches_from_below()
    {
        var curve = LevelSolver.Convex([(-2, 4), (0, 3), (1, 0), (3, 8)]);

        Assert.Equal([-2, -1, 0, 1, 2, 3], curve.Select(point => point.Level));
        double[] expected = [4, 4 - (4 / 3.0), 4 - (8 / 3.0), 0, 4, 8];
        Assert.All(curve.Zip(expected), pair => Assert.Equal(pair.Second, pair.First.Cost, 1e-12));
    }

    [Theory]
    [InlineData("576 192 1536", "576 576 576", 0.7)]
    [InlineData("7 11 13 7", "10 33 9 64", 0.53)]
    [InlineData("4", "100", 0.7)]
    public void Whole_columns_sum_to_what_one_ratio_gives(string rowText, string columnText, double sparsity)
    {
        int[] rows = Parse(rowText);
        int[] columns = Parse(columnText);
        double weights = rows.Zip(columns, (r, c) => (double)r * c).Sum();

        // A line around the sparsity whose mean over weights is the sparsity.
        double[] line = [.. rows.Select((_, i) => 0.1 * i)];
        double mean = line.Select((value, i) => value * rows[i] * columns[i]).Sum() / weights;
        double[] ratios = [.. line.Select(value => sparsity + value - mean)];

        int[] counts = WholeColumns.Counts(rows, columns, ratios, sparsity);

        long total = counts.Select((count, i) => (long)count * rows[i]).Sum();
        long uniform = rows.Select((r, i) => (long)r * (int)Math.Floor(columns[i] * sparsity)).Sum();
        Assert.InRange(Math.Abs(total - uniform), 0, rows.Min() - 1);
        Assert.All(counts.Index(), entry => Assert.InRange(entry.Item - (ratios[entry.Index] * columns[entry.Index]), -3, 3));
    }

    [Fact]
    public void Columns_of_one_height_sum_to_it_exactly()
    {
        int[] rows = [64, 64, 64, 192];
        int[] counts = WholeColumns.Counts(rows, [64, 64, 192, 64], [0.6, 0.65, 0.7, 0.742], 0.7);

        Assert.Equal(64 * ((44 * 2) + 134 + (44 * 3)), counts.Zip(rows, (count, height) => count * height).Sum());
    }

    private static IEnumerable<IReadOnlyList<LevelOption>> Choices(LevelOption[][] options, int part) => part == options.Length
        ? [[]]
        : options[part].SelectMany(option => Choices(options, part + 1).Select(rest => (IReadOnlyList<LevelOption>)[option, .. rest]));

    private static int[] Parse(string numbers) => [.. numbers.Split(' ').Select(text => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture))];
}
