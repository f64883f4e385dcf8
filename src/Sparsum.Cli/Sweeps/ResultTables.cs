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

        if (table.Over.Count > 0)
        {
            sentences.Add($"Mean ± sample standard deviation over {string.Join(", ", table.Over)}.");
        }

        return string.Join(' ', sentences);
    }

    private static void AppendTable(StringBuilder text, TableTemplate table, IReadOnlyList<SweptRun> runs)
    {
        var columns = runs.GroupBy(run => TableTemplate.KeyOf(run.Plan, table.Columns)).Select(group => group.First().Plan).ToList();
        var headers = columns.SelectMany(column => table.Values.Select(value => Header(table, column, value)));
        AppendRow(text, table.Rows.Concat(headers));
        AppendRow(text, table.Rows.Select(_ => "---").Concat(columns.SelectMany(_ => table.Values.Select(_ => "---:"))));
        foreach (var row in runs.GroupBy(run => TableTemplate.KeyOf(run.Plan, table.Rows)))
        {
            var names = table.Rows.Select(name => VariableText.Of(row.First().Plan.Variables[name]));
            var cells = columns.SelectMany(column =>
            {
                string key = TableTemplate.KeyOf(column, table.Columns);
                var inCell = row.Where(run => TableTemplate.KeyOf(run.Plan, table.Columns) == key).ToList();
                return table.Values.Select(value => Cell(value, inCell));
            });
            AppendRow(text, names.Concat(cells));
        }
    }

    private static string Header(TableTemplate table, PlannedRun column, TableValue value)
    {
        var names = table.Columns.Select(name => VariableText.Of(column.Variables[name]));
        bool needsTitle = table.Values.Count > 1 || table.Columns.Count == 0;
        return string.Join(", ", needsTitle ? names.Append(value.Title) : names);
    }

    private static string Cell(TableValue value, IReadOnlyList<SweptRun> runs)
    {
        double[] numbers = [.. runs.Where(run => run.State == RunState.Done).Select(run => value.Find(run.Documents)).OfType<double>()];
        if (numbers.Length == 0)
        {
            return runs.Any(run => run.State == RunState.Failed) ? "failed" : "";
        }

        double mean = numbers.Average();
        string text = value.Format(mean);
        if (numbers.Length > 1)
        {
            double variance = numbers.Sum(number => (number - mean) * (number - mean)) / (numbers.Length - 1);
            text += $" ± {value.Format(Math.Sqrt(variance))}";
        }

        return numbers.Length < runs.Count ? $"{text} ({numbers.Length} of {runs.Count})" : text;
    }

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
}
