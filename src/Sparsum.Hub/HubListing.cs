using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>What a repository holds at a revision.</summary>
/// <param name="Commit">The commit that the revision is, 40 hexadecimal digits.</param>
/// <param name="Names">Paths of the files in it.</param>
internal sealed record HubListing(string Commit, IReadOnlyList<string> Names)
{
    private const int MostFiles = 200_000;

    /// <summary>Reads the answer of the hub.</summary>
    /// <exception cref="InvalidInputException">It is not what a hub answers, or has a path that leads out of a folder.</exception>
    public static HubListing Parse(byte[] json, string source)
    {
        var rules = new JsonRules { Code = "malformed-hub-answer", Expected = "a listing with sha and siblings", Hint = "Check that the endpoint is a hub." };
        var root = StrictJson.Parse(json, source, rules);
        if (root.ValueKind != JsonValueKind.Object
            || Text(root, "sha") is not { } commit
            || !IsCommit(commit)
            || !root.TryGetProperty("siblings", out var siblings)
            || siblings.ValueKind != JsonValueKind.Array
            || siblings.GetArrayLength() > MostFiles)
        {
            throw Malformed("no sha of 40 digits, or no siblings");
        }

        var names = new List<string>();
        foreach (var sibling in siblings.EnumerateArray())
        {
            string name = sibling.ValueKind == JsonValueKind.Object && Text(sibling, "rfilename") is { } text ? text : throw Malformed("a file without a name");
            names.Add(IsSafe(name) ? name : throw Malformed($"the path '{name}'"));
        }

        return new HubListing(commit, names);

        InvalidInputException Malformed(string found) => new(rules.Code, $"'{source}' does not answer as a hub does.")
        {
            File = source,
            Found = found,
            Expected = rules.Expected,
            Hint = rules.Hint,
        };
    }

    /// <summary>Whether a text is the name of a commit.</summary>
    public static bool IsCommit(string text) => text.Length == 40 && IsHexadecimal(text);

    /// <summary>Whether a text is SHA-1 or SHA-256, in lower-case hexadecimal digits.</summary>
    public static bool IsHash(string text) => text.Length is 40 or 64 && IsHexadecimal(text);

    /// <summary>Whether a path of a repository stays in the folder that it is put into, on every system.</summary>
    public static bool IsSafe(string path) =>
        path.Length is > 0 and < 1024
        && !path.Any(character => character is '\\' or ':' or '"' or '<' or '>' or '|' or '?' or '*' || char.IsControl(character))
        && path.Split('/').All(part => part.Length > 0 && part[^1] is not ('.' or ' '));

    private static bool IsHexadecimal(string text) => text.All(character => character is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
