using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Sections;

/// <summary>What became smaller when zeros were taken out.</summary>
internal static class CompactionSection
{
    public static void Write(Markup page, ReportContent content)
    {
        if (content.Compactions.Count == 0)
        {
            return;
        }

        page.Open("section").Element("h2", "Compaction").Line();
        page.Table(
            "Parameters and bytes of the weights before and after",
            ["Model", "#Parameters before", "#After", "#Weights before", "#After", "#Of the bytes before"],
            content.Compactions.Select(record => new[]
            {
                ReportContent.ShortName(record.Output),
                Figures.Count(record.Compaction!.ParametersBefore),
                Figures.Count(record.Compaction.Parameters),
                Figures.Bytes(record.Compaction.BytesBefore),
                Figures.Bytes(record.Compaction.Bytes),
                Figures.Percent((double?)record.Compaction.Bytes / record.Compaction.BytesBefore),
            }));
        page.Close().Line();
    }
}
