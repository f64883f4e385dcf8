using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;

namespace Sparsum.Reporting.Sections;

/// <summary>What models write: the plainest look at what pruning does to them.</summary>
internal static class TextSection
{
    public static Section Section { get; } = new("texts", "Texts", catalog => catalog.Records.Any(record => record.Texts.Count > 0), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        page.Table(
            "What the models wrote",
            ["Model", Tables.Method, "#Sparsity", "Prompt", "Text"],
            catalog.Records.SelectMany(record => record.Texts.Select(text => new[]
            {
                catalog.NameOf(record),
                catalog.Of(record)?.Method ?? "",
                Figures.Percent(catalog.Of(record)?.Sparsity),
                text.Prompt,
                text.Text,
            })));
    }
}
