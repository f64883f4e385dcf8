using System.Text;

namespace Sparsum.Cli.Sweeps;

/// <summary>The pivot tables of a recipe as Markdown.</summary>
internal static class ResultTables
{
    public static string Create(Recipe recipe, IReadOnlyList<SweptRun> runs)
    {
        var text = new StringBuilder($"# {recipe.Name}\n");
        if (recipe.Description is { } description)
        {
            text.Append($"\n{description}\n");
        }

        foreach (var table in recipe.Tables)
        {
            var parts = runs
                .Where(run => table.Filter.Includes(run.Plan.Variables))
                .GroupBy(run => TableTemplate.KeyOf(run.Plan, table.Per))
                .ToList();
            text.Append(parts.Count == 0 ? "" : $"\n## {table.Title}\n\n{Caption(table)}\n");
            foreach (var part in parts)
            {
                var values = part.First().Plan.Variables;
                string heading = string.Join(", ", table.Per.Select(name => $"{name} {VariableText.Of(values[name])}"));
                text.Append(heading.Length == 0 ? "\n" : $"\n### {heading}\n\n");
                AppendTable(text, table, [.. part]);
            }
        }

        return text.ToString();
    }

    private static string Caption(TableTemplate table)
    {
        var sentences = new List<string> { $"Values: {string.Join(", ", table.Values.Select(value => value.Title))}." };
        if (table.Columns.Count > 0)
        {
            sentences.Add($"Columns: {string.Join(", ", table.Columns)}.");
        }

        if (table.Bins is { } bins)
        {
            sentences.Add(FormattableString.Invariant(
                $"Columns: {bins.Reached.Title} reached, within {bins.Tolerance} of it; of the runs over {string.Join(", ", bins.Search)} the one with the best {bins.Best.Title}."));
        }

        if (table.Over.Count > 0)
        {
            sentences.Add($"Mean ± sample standard deviation over {string.Join(", ", table.Over)}.");
        }

        if (table.Best is { } best)
        {
            sentences.Add($"Bold: the {best} of its row, where mean ± deviation overlaps with that of no other.");
        }

        return string.Join(' ', sentences);
    }

    /// <summary>A table whose columns are bins: a cell has the best run of each repetition in it, or is empty.</summary>
    private static void AppendBins(StringBuilder text, TableTemplate table, TableBins bins, IReadOnlyList<SweptRun> runs)
    {
        var headers = bins.At.SelectMany(bin => table.Values.Select(value =>
            table.Values.Count > 1 ? FormattableString.Invariant($"{bin}, {value.Title}") : FormattableString.Invariant($"{bin}")));
        AppendRow(text, table.Rows.Concat(headers));
        AppendRow(text, table.Rows.Select(_ => "---").Concat(headers.Select(_ => "---:")));
        foreach (var row in runs.GroupBy(run => TableTemplate.KeyOf(run.Plan, table.Rows)))
        {
            var names = table.Rows.Select(name => VariableText.Of(row.First().Plan.Variables[name]));
            var inBins = row.ToLookup(bins.BinOf);
            AppendRow(text, names.Concat(bins.At.SelectMany(bin =>
            {
                var chosen = bins.Choose(inBins[bin], table.Over);
                return table.Values.Select(value => TableCell.Of(value, chosen).Text);
            })));
        }
    }

    private static void AppendTable(StringBuilder text, TableTemplate table, IReadOnlyList<SweptRun> runs)
    {
        if (table.Bins is { } bins)
        {
            AppendBins(text, table, bins, runs);
            return;
        }

        var columns = runs.GroupBy(run => TableTemplate.KeyOf(run.Plan, table.Columns)).Select(group => group.First().Plan).ToList();
        var headers = columns.SelectMany(column => table.Values.Select(value => Header(table, column, value)));
        AppendRow(text, table.Rows.Concat(headers));
        AppendRow(text, table.Rows.Select(_ => "---").Concat(columns.SelectMany(_ => table.Values.Select(_ => "---:"))));
        foreach (var row in runs.GroupBy(run => TableTemplate.KeyOf(run.Plan, table.Rows)))
        {
            var names = table.Rows.Select(name => VariableText.Of(row.First().Plan.Variables[name]));
            var ofValues = table.Values.Select(value => TableCell.MarkBest(table.Best, [.. columns.Select(column =>
            {
                string key = TableTemplate.KeyOf(column, table.Columns);
                return TableCell.Of(value, [.. row.Where(run => TableTemplate.KeyOf(run.Plan, table.Columns) == key)]);
            })])).ToList();
            AppendRow(text, names.Concat(columns.SelectMany((_, column) => ofValues.Select(cells => cells[column]))));
        }
    }

    private static string Header(TableTemplate table, PlannedRun column, TableValue value)
    {
        var names = table.Columns.Select(name => VariableText.Of(column.Variables[name]));
        bool needsTitle = table.Values.Count > 1 || table.Columns.Count == 0;
        return string.Join(", ", needsTitle ? names.Append(value.Title) : names);
    }

    /// <summary>A row of a Markdown table.</summary>
    public static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" "))).Append(" |\n");
}
