using Sparsum.Reporting.Html;

namespace Sparsum.Reporting.Sections;

/// <summary>Every run with all its options: enough to run it again.</summary>
internal static class RunsSection
{
    public static void Write(Markup page, ReportContent content)
    {
        page.Open("section").Element("h2", "Runs").Line();
        page.Table(
            "What ran",
            ["Command", "Model", "Output", "Started", "#Seconds", "#Peak memory", "#Seed", "Version"],
            content.Records.Select(record => new[]
            {
                record.Command,
                ReportContent.ShortName(record.Model),
                ReportContent.ShortName(record.Output),
                record.Started ?? "–",
                Figures.Number(record.Seconds),
                Figures.Bytes(record.PeakBytes),
                record.Seed ?? "–",
                record.Version ?? "–",
            }));
        for (int i = 0; i < content.Records.Count; i++)
        {
            var record = content.Records[i];
            if (record.Options.Count > 0)
            {
                page.Open("details");
                page.Element("summary", $"Options of run {i + 1}: {record.Command} {ReportContent.ShortName(record.Model)}");
                page.Table(
                    "All options, defaults included",
                    ["Option", "Value"],
                    record.Options.Select(option => new[] { option.Name, option.Value }));
                page.Close().Line();
            }
        }

        page.Close().Line();
    }
}
