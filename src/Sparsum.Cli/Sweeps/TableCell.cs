namespace Sparsum.Cli.Sweeps;

/// <summary>What the runs of a cell come to.</summary>
/// <param name="Text">The mean with its deviation, what is missing, or nothing.</param>
/// <param name="Mean">The mean; null where there is none.</param>
/// <param name="Deviation">The sample standard deviation; null for one run, whose spread is not known.</param>
internal sealed record TableCell(string Text, double? Mean = null, double? Deviation = null)
{
    /// <summary>What is best where less is better, in the words of a recipe.</summary>
    public const string Lowest = "lowest";

    /// <summary>What is best where more is better.</summary>
    public const string Highest = "highest";

    public static TableCell Of(TableValue value, IReadOnlyList<SweptRun> runs)
    {
        double[] numbers = [.. runs.Where(run => run.State == RunState.Done).Select(run => value.Find(run.Documents)).OfType<double>()];
        if (numbers.Length == 0)
        {
            return new TableCell(runs.Any(run => run.State == RunState.Failed) ? "failed" : "");
        }

        double mean = numbers.Average();
        double? deviation = numbers.Length > 1
            ? Math.Sqrt(numbers.Sum(number => (number - mean) * (number - mean)) / (numbers.Length - 1))
            : null;
        string text = deviation is { } spread ? $"{value.Format(mean)} ± {value.Format(spread)}" : value.Format(mean);
        return new TableCell(numbers.Length < runs.Count ? $"{text} ({numbers.Length} of {runs.Count})" : text, mean, deviation);
    }

    /// <summary>The texts of cells that are compared, the best one bold where it is beyond the spread of both it and each other.</summary>
    /// <param name="best">What is best; null marks none.</param>
    /// <param name="cells">The cells.</param>
    public static IReadOnlyList<string> MarkBest(string? best, IReadOnlyList<TableCell> cells)
    {
        double sign = best == Highest ? -1 : 1;
        var first = cells.Where(cell => cell.Mean is not null).MinBy(cell => sign * cell.Mean);
        var others = cells.Where(cell => cell.Mean is not null && !ReferenceEquals(cell, first)).ToList();
        bool stands = best is not null && others.Count > 0 && others.All(cell => sign * (cell.Mean - first!.Mean) > cell.Deviation + first.Deviation);
        return [.. cells.Select(cell => stands && ReferenceEquals(cell, first) ? $"**{cell.Text}**" : cell.Text)];
    }
}
