using Spectre.Console;

namespace Sparsum.Cli.Rendering;

/// <summary>Tables in the one style of the command.</summary>
internal static class Tables
{
    /// <summary>An empty table; a column whose title begins with <c>&gt;</c> is aligned to the right.</summary>
    public static Table Create(params ReadOnlySpan<string> columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (string title in columns)
        {
            bool isNumber = title.StartsWith('>');
            table.AddColumn(new TableColumn(new Text(title.TrimStart('>'))) { Alignment = isNumber ? Justify.Right : Justify.Left, NoWrap = true });
        }

        return table;
    }

    public static void AddPlainRow(this Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));

    /// <summary>Pairs of name and value.</summary>
    public static void WriteFacts(this IAnsiConsole console, params ReadOnlySpan<(string Name, string? Value)> facts)
    {
        int width = 0;
        foreach (var (name, _) in facts)
        {
            width = Math.Max(width, name.Length);
        }

        foreach (var (name, value) in facts)
        {
            if (value is not null)
            {
                console.WriteRaw($"{name.PadRight(width)}  {value}");
            }
        }
    }
}
