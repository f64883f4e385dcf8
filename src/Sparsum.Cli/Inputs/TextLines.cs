using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Cli.Inputs;

/// <summary>Texts that a verb treats one by one: the lines of a file, or the strings of a JSON array.</summary>
internal static class TextLines
{
    public static IReadOnlyList<string> Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new InvalidInputException("missing-file", $"There is no file '{path}'.") { File = path, Hint = "Check the path." };
        }

        string text = File.ReadAllText(path);
        return Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase) ? ParseArray(path, text) : Split(text);
    }

    // Other characters that end a line somewhere, such as a lone carriage return or U+2028, are text here.
    private static string[] Split(string text)
    {
        string[] lines = text.Split('\n');
        int count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        return [.. lines.Take(count).Select(line => line.EndsWith('\r') ? line[..^1] : line)];
    }

    private static string[] ParseArray(string path, string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.ValueKind == JsonValueKind.Array
                && json.RootElement.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            {
                return [.. json.RootElement.EnumerateArray().Select(item => item.GetString()!)];
            }
        }
        catch (JsonException)
        {
            // Reported below, as any other file that is no array of strings.
        }

        throw new InvalidInputException("malformed-json", $"'{path}' is no JSON array of strings.")
        {
            File = path,
            Expected = "[\"first text\", \"second text\"]",
            Hint = "Mend the file, or give it another extension to read it line by line.",
        };
    }
}
