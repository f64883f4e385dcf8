using System.Text;
using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Evaluation.Texts;

/// <summary>Objects of JSON lines, each read strictly and kept with its line number for messages.</summary>
internal static class JsonRow
{
    /// <summary>Parses a text; null where it is no JSON.</summary>
    public static JsonElement? TryParse(string text)
    {
        try
        {
            return StrictJson.Parse(Encoding.UTF8.GetBytes(text), "");
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }

    /// <summary>A string of an object; null where there is none.</summary>
    public static string? String(JsonElement row, string name) =>
        row.ValueKind == JsonValueKind.Object && row.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>The error for a line that does not have what is wanted of it.</summary>
    public static InvalidInputException Malformed(string path, int line, string found, string expected) => new(
        "malformed-json-line", $"Line {line} of '{path}' is not as the lines of this file should be.")
    {
        File = path,
        Found = found.Length > 80 ? found[..80] + "…" : found,
        Expected = expected,
        Hint = FormattableString.Invariant($"Mend or remove line {line}."),
    };

    /// <summary>The keys of an object, for messages.</summary>
    public static string Describe(JsonElement row) => row.ValueKind == JsonValueKind.Object
        ? $"an object with {string.Join(", ", row.EnumerateObject().Select(property => property.Name).Take(8))}"
        : row.ValueKind.ToString();
}
