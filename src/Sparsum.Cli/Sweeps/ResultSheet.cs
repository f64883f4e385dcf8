using System.Globalization;
using System.Text;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// The runs of a sweep as CSV (RFC 4180), for spreadsheets and statistics: a row for each run, with its variables and every value of the tables.
/// </summary>
internal static class ResultSheet
{
    public static string Create(Recipe recipe, IReadOnlyList<SweptRun> runs)
    {
        string[] variables = [.. runs.SelectMany(run => run.Plan.Variables.Select(variable => variable.Key)).Distinct()];
        TableValue[] values = [.. recipe.Tables.SelectMany(table => table.Values).DistinctBy(value => (value.Title, value.Step, value.Path))];
        var text = new StringBuilder();
        Append(text, ["id", "state", "seconds", .. variables, .. values.Select(value => value.Title)]);
        foreach (var run in runs)
        {
            Append(
                text,
                [
                    run.Plan.Id,
                    run.StateName,
                    Number(run.Seconds),
                    .. variables.Select(name => run.Plan.Variables.TryGetPropertyValue(name, out var value) ? VariableText.Of(value) : ""),
                    .. values.Select(value => value.Find(run.Documents) is { } number ? Number(number) : ""),
                ]);
        }

        return text.ToString();
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void Append(StringBuilder text, IEnumerable<string> cells) => text.AppendJoin(',', cells.Select(Quote)).Append("\r\n");

    private static string Quote(string cell) => cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
