using System.Text.Json;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;

namespace Sparsum.Cli.Inputs;

/// <summary>Texts that a verb treats one by one: the lines of a file, or the strings of a JSON array.</summary>
internal static class TextLines
{
    private static readonly JsonRules Rules = new()
    {
        Expected = "[\"first text\", \"second text\"]",
        Hint = "Mend the file, or give it another extension to read it line by line.",
        MaxBytes = 1L << 30,
    };

    public static IReadOnlyList<string> Read(string path)
    {
        return Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase) ? ReadArray(path) : Split(StrictText.Read(path));
    }

    // Other characters that end a line somewhere, such as U+2028, are text here.
    private static string[] Split(string text)
    {
        string[] lines = text.Split('\n');
        int count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        return [.. lines.Take(count)];
    }

    private static string[] ReadArray(string path)
    {
        var json = StrictJson.Read(path, Rules);
        return json.ValueKind == JsonValueKind.Array && json.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. json.EnumerateArray().Select(item => item.GetString()!)]
            : throw new InvalidInputException(Rules.Code, $"'{path}' is no JSON array of strings.")
            {
                File = path,
                Expected = Rules.Expected,
                Hint = Rules.Hint,
            };
    }
}
