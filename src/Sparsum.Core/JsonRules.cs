namespace Sparsum.Core;

/// <summary>How a JSON file is read, and what an error says about it.</summary>
public sealed record JsonRules
{
    /// <summary>No comments, objects and lists up to 64 deep, up to 256 MiB.</summary>
    public static JsonRules Default { get; } = new();

    /// <summary>The code of every error about the content.</summary>
    public string Code { get; init; } = "malformed-json";

    /// <summary>What belongs in the file; null for any JSON.</summary>
    public string? Expected { get; init; }

    /// <summary>What to do about an error.</summary>
    public string? Hint { get; init; }

    /// <summary>Largest file in bytes.</summary>
    public long MaxBytes { get; init; } = 1L << 28;

    /// <summary>How deep objects and lists may lie in each other.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Whether comments and commas behind the last element are passed over: in files that people write.</summary>
    public bool AllowsComments { get; init; }
}
