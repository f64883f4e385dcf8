using System.Text.Json.Nodes;

namespace Sparsum.Cli.Sweeps;

/// <summary>A pivot table over the results of a sweep.</summary>
internal sealed record TableTemplate
{
    public required RecipeNode Source { get; init; }

    public required string Title { get; init; }

    /// <summary>Variables of which every assignment gets a table of its own.</summary>
    public required IReadOnlyList<string> Per { get; init; }

    public required IReadOnlyList<string> Rows { get; init; }

    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>Variables that a cell takes the mean and standard deviation over.</summary>
    public required IReadOnlyList<string> Over { get; init; }

    /// <summary>Which cell of a row is bold if it stands out: <see cref="TableCell.Lowest"/> or <see cref="TableCell.Highest"/>; null for none.</summary>
    public required string? Best { get; init; }

    /// <summary>Columns by what runs reached; null where variables are the columns.</summary>
    public required TableBins? Bins { get; init; }

    public required IReadOnlyList<TableValue> Values { get; init; }

    public required VariableFilter Filter { get; init; }

    public static TableTemplate Read(RecipeNode node, IReadOnlyList<string> variables, IReadOnlyList<string> steps)
    {
        node.AllowOnly("title", "per", "rows", "columns", "over", "best", "bins", "values", "when", "exclude");
        node.Require("rows");
        var values = node.Require("values");
        return new TableTemplate
        {
            Source = node,
            Title = node.Require("title").Text,
            Per = Names("per"),
            Rows = Names("rows"),
            Columns = Names("columns"),
            Over = Names("over"),
            Best = ReadBest(),
            Bins = ReadBins(),
            Values = values.Items.Count > 0
                ? [.. values.Items.Select(value => TableValue.Read(value, steps))]
                : throw values.Wrong("at least one value"),
            Filter = VariableFilter.Read(node, variables),
        };

        string? ReadBest() => node.Find("best") switch
        {
            null => null,
            { Text: TableCell.Lowest or TableCell.Highest } best when node.Find("columns") is not null => best.Text,
            { Text: TableCell.Lowest or TableCell.Highest } best => throw best.Wrong("'columns', among which the best is looked for"),
            { } best => throw best.Wrong($"'{TableCell.Lowest}' or '{TableCell.Highest}'"),
        };

        TableBins? ReadBins() => node.Find("bins") switch
        {
            null => null,
            { } bins when node.Find("columns") is null => TableBins.Read(bins, Variable, steps),
            { } bins => throw bins.Wrong("either 'bins' or 'columns'"),
        };

        IReadOnlyList<string> Names(string key) => [.. node.Find(key)?.Items.Select(Variable) ?? []];

        string Variable(RecipeNode item) =>
            variables.Contains(item.Text) ? item.Text : throw item.Unknown("variable", item.Text, [.. variables]);
    }

    /// <summary>The values of some variables as one text, by which runs are grouped.</summary>
    public static string KeyOf(PlannedRun run, IEnumerable<string> names) =>
        new JsonArray([.. names.Select(name => run.Variables[name]?.DeepClone())]).ToJsonString();

    /// <summary>What is said of values that no finished run has a number for, though its step wrote a document: their cells are empty.</summary>
    public IEnumerable<string> Absent(IReadOnlyList<SweptRun> runs)
    {
        IEnumerable<TableValue> all = Bins is null ? Values : Values.Concat([Bins.Reached, Bins.Best]);
        foreach (var value in all.DistinctBy(value => (value.Step, value.Path)))
        {
            var written = runs
                .Where(run => run.State == RunState.Done && Filter.Includes(run.Plan.Variables) && run.Documents.ContainsKey(value.Step))
                .ToList();
            if (written.Count > 0 && written.All(run => value.Find(run.Documents) is null))
            {
                string meant = value.Nearest(written[0].Documents) is { } nearest ? $"; did you mean '{nearest}'?" : "";
                yield return $"no finished run has a number at '{value.Path}' of the step '{value.Step}', so table '{Title}' has empty cells{meant}";
            }
        }
    }

    /// <summary>Refuses a table that would take the mean of runs that differ in something the recipe does not name.</summary>
    public void CheckCells(IEnumerable<PlannedRun> runs)
    {
        string[] place = [.. Per, .. Rows, .. Columns];
        foreach (var cell in runs.Where(run => Filter.Includes(run.Variables)).GroupBy(run => KeyOf(run, place)))
        {
            var first = cell.First();
            foreach (var run in cell.Skip(1))
            {
                string[] names = [.. first.Variables.Concat(run.Variables).Select(variable => variable.Key).Distinct().Except(Over).Except(Bins?.Search ?? [])];
                string? different = names.FirstOrDefault(name => !JsonNode.DeepEquals(first.Variables[name], run.Variables[name]));
                if (different is not null)
                {
                    throw (Source with { Value = new JsonArray(first.Variables.DeepClone(), run.Variables.DeepClone()) }).Wrong(
                        "no two runs in one cell but those that differ in variables of 'over' alone",
                        $"Name '{different}' under 'per', 'rows', 'columns', 'over' or the 'search' of bins, or limit the table with 'when'.");
                }
            }
        }
    }
}
