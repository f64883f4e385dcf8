using System.Globalization;
using System.Text;

namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>
/// White space, case and n-grams as the published scorers see them. They are written in Python, so its rules hold: white space includes
/// U+001C to U+001F, lower case is Unicode's full mapping, and a character is a code point.
/// </summary>
internal static class Words
{
    private const char CapitalSigma = 'Σ';

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>The words between runs of white space.</summary>
    public static string[] Split(string text)
    {
        var words = new List<string>();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && !IsSpace(text[i]))
            {
                continue;
            }

            if (i > start)
            {
                words.Add(text[start..i]);
            }

            start = i + 1;
        }

        return [.. words];
    }

    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>The code points, each a string of its own; a surrogate without its partner stands for itself.</summary>
    public static string[] Characters(string text)
    {
        var characters = new List<string>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int length = char.IsSurrogatePair(text, i) ? 2 : 1;
            characters.Add(text.Substring(i, length));
            i += length - 1;
        }

        return [.. characters];
    }

    /// <summary>Lower case. Two mappings are not one to one: dotted capital I, and sigma at the end of a word.</summary>
    public static string Lower(string text)
    {
        var lower = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            lower.Append(text[i] switch
            {
                '\u0130' => "i\u0307",
                '\u212A' => "k",
                '\u212B' => "å",
                CapitalSigma => EndsWord(text, i) ? "ς" : "σ",
                _ when char.IsSurrogatePair(text, i) => text.Substring(i++, 2).ToLowerInvariant(),
                _ => char.ToLowerInvariant(text[i]).ToString(),
            });
        }

        return lower.ToString();
    }

    /// <summary>Counts of the n-grams of the units (words, or single characters).</summary>
    public static Dictionary<string, int> CountNgrams(string[] units, int order)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int start = 0; start + order <= units.Length; start++)
        {
            // Words hold no space and characters are one each, so that joining loses nothing.
            string ngram = order == 1 ? units[start] : string.Join(' ', units, start, order);
            counts[ngram] = counts.GetValueOrDefault(ngram) + 1;
        }

        return counts;
    }

    /// <summary>How many n-grams two texts share, each as often as it is in both.</summary>
    public static int CountCommon(Dictionary<string, int> first, Dictionary<string, int> second) =>
        first.Sum(pair => Math.Min(pair.Value, second.GetValueOrDefault(pair.Key)));

    // Unicode's rule for the final form: a letter before and none after, where marks and apostrophes in between do not count.
    private static bool EndsWord(string text, int sigma)
    {
        int before = sigma - 1;
        while (before >= 0 && IsIgnoredByCase(text[before]))
        {
            before--;
        }

        int after = sigma + 1;
        while (after < text.Length && IsIgnoredByCase(text[after]))
        {
            after++;
        }

        return before >= 0 && IsCased(text[before]) && (after == text.Length || !IsCased(text[after]));
    }

    private static bool IsCased(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    private static bool IsIgnoredByCase(char c) => c is '\'' or '.' or ':' or '^' or '`' or '¨' or '\u00AD' or '·' or '\u2019'
        || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;
}
