namespace Sparsum.Evaluation.Datasets;

/// <summary>How much a corpus holds.</summary>
public sealed record DocumentationStatistics
{
    /// <summary>Files that were read.</summary>
    public required int Files { get; init; }

    /// <summary>Files that could not be read and were left out.</summary>
    public required int SkippedFiles { get; init; }

    /// <summary>Entries in each split.</summary>
    public required IReadOnlyDictionary<CorpusSplit, int> Entries { get; init; }

    /// <summary>Characters of <see cref="DocumentationEntry.Text"/> in each split.</summary>
    public required IReadOnlyDictionary<CorpusSplit, long> Characters { get; init; }
}
