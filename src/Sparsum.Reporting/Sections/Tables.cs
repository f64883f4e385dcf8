using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Sections;

/// <summary>A cell of a table.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Notes">What stands below in small letters, a line each.</param>
internal sealed record Cell(string Text, params IReadOnlyList<string> Notes)
{
    /// <summary>A cell without notes.</summary>
    public static implicit operator Cell(string text) => new(text);

    /// <summary>What no record has.</summary>
    public static Cell NotMeasured { get; } = new(Figures.NotMeasured);
}

/// <summary>Tables with caption and header cells. On a phone each row becomes a block of named values.</summary>
internal static class Tables
{
    /// <summary>The title of the column that tells how models came about: words that need room beside columns of figures.</summary>
    public const string Method = "How it came about";

    /// <summary>
    /// Writes a table whose first column heads the rows. A column name that begins with <c>#</c> holds numbers, set flush right.
    /// </summary>
    public static Markup Table(this Markup page, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<Cell>> rows)
    {
        page.Open("div", ("class", "scroll")).Open("table").Element("caption", caption).Open("thead").Open("tr");
        foreach (string column in columns)
        {
            page.Element("th", column.TrimStart('#'), [("scope", "col"), .. ClassOf(column)]);
        }

        page.Close().Close().Line().Open("tbody");
        foreach (var row in rows)
        {
            page.Open("tr").Element("th", row[0].Text, ("scope", "row"));
            for (int i = 1; i < row.Count; i++)
            {
                string kind = string.Join(' ', new[] { columns[i].StartsWith('#') ? "number" : "", columns[i] == Method ? "method" : "", row[i].Text == Figures.NotMeasured ? "missing" : "" }.Where(word => word.Length > 0));
                page.Open("td", [("data-label", columns[i].TrimStart('#')), .. kind.Length > 0 ? new[] { ("class", kind) } : []]);
                page.Element("span", row[i].Text, ("class", "figure"));
                foreach (string note in row[i].Notes.Where(note => note.Length > 0))
                {
                    page.Element("span", note, ("class", "note-line"));
                }

                page.Close();
            }

            page.Close().Line();
        }

        return page.Close().Close().Close().Line();
    }

    /// <summary>A table of plain text.</summary>
    public static Markup Table(this Markup page, string caption, IReadOnlyList<string> columns, IEnumerable<string[]> rows) =>
        page.Table(caption, columns, rows.Select(row => (IReadOnlyList<Cell>)[.. row.Select(text => (Cell)text)]));

    /// <summary>A drawing with a caption.</summary>
    public static Markup Figure(this Markup page, string caption, string svg) =>
        page.Open("figure").Element("figcaption", caption).Raw(svg).Close().Line();

    private static (string Name, string Value)[] ClassOf(string column) => column.StartsWith('#') ? [("class", "number")] : [];
}
