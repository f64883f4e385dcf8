using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Sections;

/// <summary>Tables with caption and header cells.</summary>
internal static class Tables
{
    /// <summary>
    /// Writes a table whose first column heads the rows. A column name that begins with <c>#</c> holds numbers, set flush right.
    /// </summary>
    public static Markup Table(this Markup page, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        page.Open("div", ("class", "scroll")).Open("table").Element("caption", caption).Open("thead").Open("tr");
        foreach (string column in columns)
        {
            page.Element("th", column.TrimStart('#'), [("scope", "col"), .. ClassOf(column)]);
        }

        page.Close().Close().Line().Open("tbody");
        foreach (var row in rows)
        {
            page.Open("tr").Element("th", row[0], ("scope", "row"));
            for (int i = 1; i < row.Count; i++)
            {
                page.Element("td", row[i], [.. ClassOf(columns[i])]);
            }

            page.Close().Line();
        }

        return page.Close().Close().Close().Line();
    }

    /// <summary>A drawing with a caption.</summary>
    public static Markup Figure(this Markup page, string caption, string svg) =>
        page.Open("figure").Element("figcaption", caption).Raw(svg).Close().Line();

    private static (string Name, string Value)[] ClassOf(string column) => column.StartsWith('#') ? [("class", "number")] : [];
}
