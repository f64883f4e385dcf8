using System.Globalization;
using Sparsum.Core;

namespace Sparsum.Cli.Inputs;

/// <summary>Values to score, one per line: labels or numbers.</summary>
internal static class ScoreValues
{
    /// <summary>Labels as indices.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">Names of the labels by index, which may stand for them; null if any whole number is a label.</param>
    public static int[] ReadLabels(string path, IReadOnlyList<string>? names)
    {
        string expected = names is null ? "a whole number" : string.Join(", ", names.Index().SelectMany(Spellings).Distinct());
        return Read(path, expected, text => ParseLabel(text, names));
    }

    /// <summary>Finite numbers.</summary>
    public static double[] ReadNumbers(string path) =>
        Read<double>(path, "a finite number", text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null);

    private static int? ParseLabel(string text, IReadOnlyList<string>? names)
    {
        foreach (var (index, name) in (names ?? []).Index())
        {
            if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return index;
            }
        }

        bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int label);
        return isNumber && (names is null || (label >= 0 && label < names.Count)) ? label : null;
    }

    private static T[] Read<T>(string path, string expected, Func<string, T?> parse)
        where T : struct
    {
        var lines = TextLines.Read(path);
        if (lines.Count == 0)
        {
            throw new InvalidInputException("empty-file", $"'{path}' holds no values.")
            {
                File = path,
                Expected = expected,
                Hint = "Write one value per line.",
            };
        }

        return [.. lines.Select((line, index) => parse(line.Trim()) ?? throw Malformed(path, index, line, expected))];
    }

    private static InvalidInputException Malformed(string path, int index, string line, string expected) =>
        new("malformed-value", $"Value {index + 1} of '{path}' cannot be scored.")
        {
            File = path,
            Found = line.Length > 80 ? line[..80] + "…" : line,
            Expected = expected,
            Hint = "Write one value per line, and for labels the same names or indices in both files.",
        };

    private static string[] Spellings((int Index, string Name) label) => [label.Index.ToString(CultureInfo.InvariantCulture), label.Name];
}
