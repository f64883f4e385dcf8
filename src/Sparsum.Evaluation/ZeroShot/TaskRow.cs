using System.Globalization;
using System.Text.Json;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>One row of a task's file, with the line it stands on. Fields may go by several names; rows may have more than are asked for.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line, or the row of a Parquet file, from 1.</param>
/// <param name="Json">The fields.</param>
public sealed record TaskRow(string Path, int Line, JsonElement Json)
{
    /// <summary>Whether the row has a field, given as <c>question.stem</c> where it is nested.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The string of the first of these fields that there is.</summary>
    /// <exception cref="InvalidInputException">There is none, or it is no string.</exception>
    public string Text(params ReadOnlySpan<string> names)
    {
        var (name, value) = Require(names);
        return (value.ValueKind == JsonValueKind.String ? StringOf(value) : null)
            ?? throw Malformed($"'{name}': {Shorten(value)}", $"a string \"{name}\"");
    }

    /// <summary>A list of strings.</summary>
    /// <exception cref="InvalidInputException">There is none, or something else in it.</exception>
    public string[] Texts(string name)
    {
        var (_, value) = Require(name);
        string?[] texts = value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? StringOf(item) : null)]
            : [];
        return texts.Length > 0 && texts.All(text => text is not null)
            ? texts.OfType<string>().ToArray()
            : throw Malformed($"'{name}': {Shorten(value)}", $"a list of strings \"{name}\"");
    }

    /// <summary>A choice by its index: a number, the number as a string, a truth value, or one of these words.</summary>
    /// <exception cref="InvalidInputException">There is none, or it names no choice.</exception>
    public int Label(string[] names, int choices, params string[] words)
    {
        var (name, value) = Require(names);
        int index = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt32(out int number) => number,
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.String when Array.IndexOf(words, StringOf(value)) is >= 0 and var word => word,
            JsonValueKind.String when int.TryParse(StringOf(value), NumberStyles.None, CultureInfo.InvariantCulture, out int number) => number,
            _ => -1,
        };
        string expected = words.Length == 0 ? FormattableString.Invariant($"0 to {choices - 1}") : string.Join(" or ", words);
        return index >= 0 && index < choices ? index : throw Malformed($"'{name}': {Shorten(value)}", $"\"{name}\" of {expected}");
    }

    /// <summary>The error for a row that is not as the task wants it.</summary>
    public InvalidInputException Malformed(string found, string expected) => JsonRow.Malformed(Path, Line, found, expected);

    private (string Name, JsonElement Value) Require(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Find(name) is { } value)
            {
                return (name, value);
            }
        }

        throw Malformed(JsonRow.Describe(Json), $"a field \"{string.Join("\" or \"", names.ToArray())}\"");
    }

    private JsonElement? Find(string name)
    {
        var value = Json;
        foreach (string key in name.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(key, out value))
            {
                return null;
            }
        }

        return value;
    }

    private static string? StringOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Shorten(JsonElement value) => value.GetRawText() is { Length: > 60 } text ? text[..60] + "…" : value.GetRawText();
}
