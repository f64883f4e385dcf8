using System.Text.RegularExpressions;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>What a name on the hub means: <c>owner/name</c>, <c>owner/name@revision</c>, <c>owner/name:file.gguf</c>.</summary>
public sealed partial record HubReference
{
    private HubReference(string repository) => Repository = repository;

    /// <summary>Owner and name, with a slash between them.</summary>
    public string Repository { get; }

    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>One GGUF file of the repository, by its name or by its quantisation (<c>Q4_K_M</c>); null for the model as a folder.</summary>
    public string? File { get; init; }

    /// <summary>Whether it is a data set rather than a model.</summary>
    public bool IsDataset { get; init; }

    /// <summary>Reads a name.</summary>
    /// <returns>Null where the text does not have the form of one.</returns>
    public static HubReference? TryParse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success || !IsName(match.Groups["owner"].Value) || !IsName(match.Groups["name"].Value))
        {
            return null;
        }

        string file = match.Groups["file"].Value;
        string revision = match.Groups["revision"].Value;
        if (!IsRevision(revision) || (file.Length > 0 && !HubListing.IsSafe(file)))
        {
            return null;
        }

        var reference = new HubReference($"{match.Groups["owner"].Value}/{match.Groups["name"].Value}") { File = file.Length > 0 ? file : null };
        return revision.Length > 0 ? reference with { Revision = revision } : reference;
    }

    /// <summary>Reads a name.</summary>
    /// <exception cref="InvalidInputException">The text does not have the form of one: <c>invalid-hub-name</c>.</exception>
    public static HubReference Parse(string text) => TryParse(text) ?? throw new InvalidInputException("invalid-hub-name", $"'{text}' is no name on a hub.")
    {
        Found = text,
        Expected = "owner/name, owner/name@revision or owner/name:file.gguf",
        Hint = "Copy the name from the model's page.",
    };

    /// <summary>The same with another revision.</summary>
    /// <exception cref="InvalidInputException">It cannot be one: <c>invalid-hub-name</c>.</exception>
    public HubReference At(string revision) => revision.Length > 0 && IsRevision(revision)
        ? this with { Revision = revision }
        : throw new InvalidInputException("invalid-hub-name", $"'{revision}' is no revision.")
        {
            Option = "revision",
            Found = revision,
            Expected = "a branch, a tag or a commit",
        };

    /// <summary>The name as it is written.</summary>
    public override string ToString() =>
        Repository + (Revision == "main" ? "" : $"@{Revision}") + (File is null ? "" : $":{File}");

    // Two hyphens would be taken for the slash in the names of the cache's folders.
    private static bool IsName(string name) =>
        name.Length <= 96
        && !name.Contains("--", StringComparison.Ordinal)
        && !name.Contains("..", StringComparison.Ordinal)
        && name[0] is not ('-' or '.')
        && name[^1] is not ('-' or '.');

    private static bool IsRevision(string revision) => revision.Length == 0 || HubListing.IsSafe(revision);

    // A GGUF file may also be written as on the pages, behind a slash.
    [GeneratedRegex(
        @"^(?<owner>[A-Za-z0-9_.-]+)/(?<name>[A-Za-z0-9_.-]+)(@(?<revision>[A-Za-z0-9_./-]+))?(:(?<file>[^:]+)|/(?<file>[^:]+\.gguf))?$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
