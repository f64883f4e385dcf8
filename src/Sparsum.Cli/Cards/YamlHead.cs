using System.Globalization;
using System.Text;

namespace Sparsum.Cli.Cards;

/// <summary>The head of a card: keys with a text or a list of texts, in the order of the alphabet.</summary>
internal sealed class YamlHead
{
    // What YAML 1.1 and 1.2 take for something other than text.
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase) { "true", "false", "null", "yes", "no", "on", "off", "y", "n" };

    private readonly SortedDictionary<string, IReadOnlyList<string>> entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> lists = [];

    /// <summary>Adds a text, if there is one.</summary>
    public YamlHead Add(string key, string? value)
    {
        if (value is not null)
        {
            entries[key] = [value];
        }

        return this;
    }

    /// <summary>Adds a list, if it has entries.</summary>
    public YamlHead Add(string key, IReadOnlyList<string> values)
    {
        if (values.Count > 0)
        {
            entries[key] = values;
            lists.Add(key);
        }

        return this;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder("---\n");
        foreach (var (key, values) in entries)
        {
            text.Append(key).Append(':');
            foreach (string value in values)
            {
                text.Append(lists.Contains(key) ? "\n- " : " ").Append(Scalar(value));
            }

            text.Append('\n');
        }

        return text.Append("---\n").ToString();
    }

    /// <summary>A text as YAML has it: plain where nobody can take it for anything else, in quotation marks otherwise.</summary>
    internal static string Scalar(string text)
    {
        bool isPlain = text.Length > 0 && char.IsAsciiLetter(text[0]) && !Words.Contains(text)
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or '-');
        if (isPlain)
        {
            return text;
        }

        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ when IsPrintable(rune) => rune.ToString(),
                <= 0xFFFF => $"\\u{rune.Value.ToString("X4", CultureInfo.InvariantCulture)}",
                _ => $"\\U{rune.Value.ToString("X8", CultureInfo.InvariantCulture)}",
            });
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
