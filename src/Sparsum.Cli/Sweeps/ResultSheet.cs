using System.Globalization;
using System.Text;

namespace Sparsum.Cli.Sweeps;

/// <summary>The runs of a sweep, a row for each with its variables and every value of the tables.</summary>
internal sealed class ResultSheet
{
    private readonly List<string[]> rows = [];
    private readonly int valueCount;

    public ResultSheet(Recipe recipe, IReadOnlyList<SweptRun> runs)
    {
        string[] variables = [.. runs.SelectMany(run => run.Plan.Variables.Select(variable => variable.Key)).Distinct()];
        TableValue[] values = [.. recipe.Tables.SelectMany(table => table.Values).DistinctBy(value => (value.Title, value.Step, value.Path))];
        valueCount = values.Length;
        rows.Add(["id", "state", "seconds", .. variables, .. values.Select(value => value.Title)]);
        rows.AddRange(runs.Select(run => new[] { run.Plan.Id, run.StateName, Number(run.Seconds) }
            .Concat(variables.Select(name => run.Plan.Variables.TryGetPropertyValue(name, out var value) ? VariableText.Of(value) : ""))
            .Concat(values.Select(value => value.Find(run.Documents) is { } number ? Number(number) : ""))
            .ToArray()));
    }

    /// <summary>As CSV (RFC 4180), for spreadsheets and statistics.</summary>
    public string ToCsv() => string.Concat(rows.Select(row => $"{string.Join(',', row.Select(Quote))}\r\n"));

    /// <summary>As a Markdown table, for issues and pages.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        ResultTables.AppendRow(text, rows[0]);
        ResultTables.AppendRow(text, rows[0].Select((_, column) => column == 2 || column >= rows[0].Length - valueCount ? "---:" : "---"));
        rows.Skip(1).ToList().ForEach(row => ResultTables.AppendRow(text, row));
        return text.ToString();
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Quote(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
