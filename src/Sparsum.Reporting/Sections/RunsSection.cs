using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;

namespace Sparsum.Reporting.Sections;

/// <summary>Every run with all its options: enough to run it again.</summary>
internal static class RunsSection
{
    public static Section Section { get; } = new("runs", "Runs", catalog => catalog.Records.Count > 0, Write);

    private static void Write(Markup page, ModelCatalog catalog)
    {
        page.Table(
            "What ran",
            ["Command", "Model", "Output", "Started", "#Seconds", "#Peak memory", "#Seed", "Version"],
            catalog.Records.Select(record => new[]
            {
                record.Command,
                catalog.InputNameOf(record),
                record.IsWriter ? catalog.NameOf(record) : "–",
                record.Started ?? "–",
                Figures.Number(record.Seconds),
                Figures.Bytes(record.PeakBytes),
                record.Seed ?? "–",
                record.Version ?? "–",
            }));
        for (int i = 0; i < catalog.Records.Count; i++)
        {
            var record = catalog.Records[i];
            if (record.Options.Count > 0)
            {
                page.Open("details");
                page.Element("summary", $"Options of run {i + 1}: {record.Command} {catalog.InputNameOf(record)}");
                page.Table(
                    "All options, defaults included",
                    ["Option", "Value"],
                    record.Options.Select(option => new[] { option.Name, option.Value }));
                page.Close().Line();
            }
        }
    }
}
