namespace Sparsum.Cli.Sweeps;

/// <summary>
/// Columns by what runs reached rather than by what they were told: every run goes into the nearest bin that is near enough, and of those
/// that were searched over the best of a bin stands for it.
/// </summary>
/// <param name="Reached">What a run reached.</param>
/// <param name="At">The middles of the bins.</param>
/// <param name="Tolerance">How far from a middle a run may be.</param>
/// <param name="Best">By what the best is chosen: the largest.</param>
/// <param name="Search">Variables that runs of one bin may differ in.</param>
internal sealed record TableBins(
    TableValue Reached, IReadOnlyList<double> At, double Tolerance, TableValue Best, IReadOnlyList<string> Search)
{
    public static TableBins Read(RecipeNode node, Func<RecipeNode, string> variable, IReadOnlyList<string> steps)
    {
        node.AllowOnly("reached", "at", "tolerance", "best", "search");
        var at = node.Require("at");
        double tolerance = node.Find("tolerance")?.Number ?? 0.025;
        return new TableBins(
            TableValue.Read(node.Require("reached"), steps),
            at.Items.Count > 0 ? [.. at.Items.Select(item => item.Number)] : throw at.Wrong("at least one number"),
            tolerance > 0 ? tolerance : throw node.Require("tolerance").Wrong("a number above 0"),
            TableValue.Read(node.Require("best"), steps),
            [.. node.Require("search").Items.Select(variable)]);
    }

    /// <summary>The bin of a finished run; null where it is in none.</summary>
    public double? BinOf(SweptRun run)
    {
        if (run.State != RunState.Done || Reached.Find(run.Documents) is not { } reached)
        {
            return null;
        }

        double nearest = At.MinBy(middle => Math.Abs(middle - reached));
        return Math.Abs(nearest - reached) <= Tolerance ? nearest : null;
    }

    /// <summary>Of the runs in a bin the best of each repetition; the first of equals.</summary>
    public IReadOnlyList<SweptRun> Choose(IEnumerable<SweptRun> runs, IReadOnlyList<string> over) =>
    [
        .. runs
            .Where(run => Best.Find(run.Documents) is not null)
            .GroupBy(run => TableTemplate.KeyOf(run.Plan, over))
            .Select(repetition => repetition.MaxBy(run => Best.Find(run.Documents))!),
    ];
}
