namespace Sparsum.Evaluation.Datasets;

/// <summary>What a documentation entry describes.</summary>
public enum DocumentationKind
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
