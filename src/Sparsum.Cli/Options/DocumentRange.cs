using System.CommandLine;
using System.Globalization;

namespace Sparsum.Cli.Options;

/// <summary>The option <c>--documents A..B</c>: documents by index from 0, the last one included.</summary>
internal static class DocumentRange
{
    private const string Name = "--documents";

    public static Option<string?> CreateOption() =>
        OptionFactory.Text(Name, "A..B", "Read only the documents A to B, counted from 0, B included; A.. reads to the end.");

    /// <summary>First and last index; a last index of null reads to the end.</summary>
    public static (int First, int? Last) Parse(string? text)
    {
        if (text is null)
        {
            return (0, null);
        }

        string[] parts = text.Split("..");
        if (parts.Length == 2 && TryParse(parts[0], 0, out int first) && TryParse(parts[1], int.MaxValue, out int last) && first <= last)
        {
            return (first, last == int.MaxValue ? null : last);
        }

        throw OptionFactory.Invalid(Name, text, "A..B with 0 ≤ A ≤ B, e.g. 0..19", "Both ends are included.");
    }

    private static bool TryParse(string text, int whenEmpty, out int value)
    {
        value = whenEmpty;
        return text.Length == 0 || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
