using Sparsum.Reporting.Html;
using Sparsum.Reporting.Models;

namespace Sparsum.Reporting.Sections;

/// <summary>A part of the page.</summary>
/// <param name="Id">Where the list of contents points to.</param>
/// <param name="Title">Its heading.</param>
/// <param name="IsWanted">Whether the records have anything for it.</param>
/// <param name="WriteContent">Writes what stands below the heading.</param>
internal sealed record Section(string Id, string Title, Func<ModelCatalog, bool> IsWanted, Action<Markup, ModelCatalog> WriteContent)
{
    /// <summary>All parts in the order of the page.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        OverviewSection.Section, VerdictSection.Section, TrainingSection.Section, TaskSection.Section, QualitySection.Section, ZeroShotSection.Section, SparsitySection.Section,
        TopologySection.Section, CompactionSection.Section, SpeedSection.Section, TextSection.Section, RunsSection.Section,
    ];

    /// <summary>Writes the part.</summary>
    public void Write(Markup page, ModelCatalog catalog)
    {
        page.Open("section", ("id", Id)).Element("h2", Title).Line();
        WriteContent(page, catalog);
        page.Close().Line();
    }
}
