using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Sections;

/// <summary>What models write: the plainest look at what pruning does to them.</summary>
internal static class TextSection
{
    public static void Write(Markup page, ReportContent content)
    {
        if (content.Writers.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Texts").Line();
        page.Table(
            "What the models wrote",
            ["Model", "Method", "#Sparsity", "Prompt", "Text"],
            content.Writers.SelectMany(record => record.Texts.Select(text => new[]
            {
                ReportContent.ShortName(record.Model),
                content.MethodOf(record.Model),
                Figures.Percent(content.SparsityOf(record.Model)),
                text.Prompt,
                text.Text,
            })));
        page.Close().Line();
    }
}
