namespace Sparsum.Cli.Demo.Corpus;

/// <summary>The documentation of one type or member as plain English text.</summary>
internal sealed record DocumentationEntry
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

/// <summary>What a documentation entry describes.</summary>
internal enum DocumentationKind
{
    /// <summary>A class, structure, interface, enumeration or delegate.</summary>
    Type,

    /// <summary>A constructor.</summary>
    Constructor,

    /// <summary>Any other method.</summary>
    Method,

    /// <summary>A property or indexer.</summary>
    Property,

    /// <summary>A field or enumeration value.</summary>
    Field,

    /// <summary>An event.</summary>
    Event,
}

/// <summary>Which part of a corpus an entry belongs to.</summary>
internal enum CorpusSplit
{
    /// <summary>To learn from, and to calibrate on.</summary>
    Train,

    /// <summary>To choose settings by.</summary>
    Validation,

    /// <summary>To report on.</summary>
    Test,
}
