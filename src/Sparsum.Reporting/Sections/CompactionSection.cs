using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;

namespace Sparsum.Reporting.Sections;

/// <summary>What became smaller when zeros were taken out, or when a model was written in another container.</summary>
internal static class CompactionSection
{
    public static Section Section { get; } = new("compaction", "Compaction", catalog => catalog.Records.Any(record => record.Compaction is not null), Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        page.Table(
            "Parameters and bytes of the weights before and after",
            ["Model", "#Parameters before", "#After", "#Weights before", "#After"],
            catalog.Records.Where(record => record.Compaction is not null).Select(record => new[]
            {
                catalog.NameOf(record),
                Figures.Count(record.Compaction!.ParametersBefore),
                Figures.Count(record.Compaction.Parameters),
                Figures.Bytes(record.Compaction.BytesBefore),
                Figures.Bytes(record.Compaction.Bytes),
            }));
    }
}
