namespace Sparsum.Evaluation.Datasets;

/// <summary>The documentation of one type or member as plain English text.</summary>
public sealed record DocumentationEntry
{
    /// <summary>The documentation identifier, e.g. <c>M:System.String.Trim(System.Char)</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What it describes.</summary>
    public required DocumentationKind Kind { get; init; }

    /// <summary>The namespace, e.g. <c>System.Text</c>; empty for the global one.</summary>
    public required string Namespace { get; init; }

    /// <summary>Full name of the outermost type, which decides the split.</summary>
    public required string TypeName { get; init; }

    /// <summary>Short name, e.g. <c>Trim</c>; of a constructor the type's.</summary>
    public required string MemberName { get; init; }

    /// <summary>The summary alone, one line.</summary>
    public required string Summary { get; init; }

    /// <summary>Summary, parameters, returns and remarks, one line each in the order of the file.</summary>
    public required string Text { get; init; }

    /// <summary>The split.</summary>
    public required CorpusSplit Split { get; init; }
}
