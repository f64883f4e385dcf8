namespace Sparsum.Reporting;

/// <summary>What a report says beside the records.</summary>
public sealed record ReportOptions
{
    /// <summary>Heading of the page.</summary>
    public string Title { get; init; } = "Sparsity report";

    /// <summary>A line below the heading.</summary>
    public string? Subtitle { get; init; }

    /// <summary>Remarks that a reader must see before any figure, e.g. that a model was not trained.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
