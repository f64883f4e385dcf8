using System.Globalization;
using System.Text;

namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>How BLEU cuts a segment into tokens, by the rules and under the names of sacreBLEU (Post 2018).</summary>
public sealed class BleuTokenizer
{
    private readonly Func<string, string> separate;

    private BleuTokenizer(string name, Func<string, string> separate)
    {
        Name = name;
        this.separate = separate;
    }

    /// <summary>The default, of NIST's <c>mteval-v13a</c>: ASCII punctuation apart, but not within numbers; entities resolved.</summary>
    public static BleuTokenizer V13A { get; } = new("13a", text => SeparateAscii($" {ResolveEntities(text)} "));

    /// <summary>Words between white space, for text that is tokenised already.</summary>
    public static BleuTokenizer None { get; } = new("none", text => text);

    /// <summary>Of <c>mteval-v14</c>: punctuation of any script apart, but not within numbers, and every symbol.</summary>
    public static BleuTokenizer International { get; } = new("intl", SeparateInternational);

    /// <summary>Every Chinese character a token, the rest as in <see cref="V13A"/>, entities kept.</summary>
    public static BleuTokenizer Chinese { get; } = new("zh", text => SeparateAscii(SeparateChinese(text)));

    /// <summary>Every character a token.</summary>
    public static BleuTokenizer Characters { get; } = new("char", text => string.Join(' ', Words.Characters(text)));

    /// <summary>Every tokenizer, the default first.</summary>
    public static IReadOnlyList<BleuTokenizer> All { get; } = [V13A, None, International, Chinese, Characters];

    /// <summary>The name in signatures and options.</summary>
    public string Name { get; }

    /// <summary>The tokenizer of a name; null if there is none.</summary>
    public static BleuTokenizer? Find(string name) => All.FirstOrDefault(tokenizer => tokenizer.Name == name);

    /// <summary>The tokens of a segment.</summary>
    public string[] Tokenize(string segment) => Words.Split(separate(Words.TrimEnd(segment)));

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static string ResolveEntities(string text) =>
        AsciiMarks.ResolveEntities(text.Replace("<skipped>", "").Replace("-\n", "").Replace('\n', ' '));

    private static string SeparateAscii(string text) => AsciiMarks.SeparateFromNumbers(AsciiMarks.SeparatePunctuation(text));

    // Regular expressions see halves of characters beyond the basic plane, whose category is that of neither mark nor symbol.
    private static string SeparateInternational(string text)
    {
        string[] characters = Words.Characters(text);
        characters = SeparatePairs(characters, (a, b) => !IsNumber(a) && IsPunctuation(b), "", " ", " ");
        characters = SeparatePairs(characters, (a, b) => IsPunctuation(a) && !IsNumber(b), " ", " ", "");
        return string.Concat(characters.Select(c => IsSymbol(c) ? $" {c} " : c));
    }

    /// <summary>Puts text around each pair of neighbours that fits, from left to right, no character in two pairs.</summary>
    private static string[] SeparatePairs(string[] characters, Func<string, string, bool> fits, string before, string between, string after)
    {
        var text = new StringBuilder();
        for (int i = 0; i < characters.Length; i++)
        {
            if (i + 1 < characters.Length && fits(characters[i], characters[i + 1]))
            {
                text.Append(before).Append(characters[i]).Append(between).Append(characters[i + 1]).Append(after);
                i++;
            }
            else
            {
                text.Append(characters[i]);
            }
        }

        return Words.Characters(text.ToString());
    }

    private static string SeparateChinese(string text)
    {
        int start = 0;
        while (start < text.Length && Words.IsSpace(text[start]))
        {
            start++;
        }

        return string.Concat(text[start..].Select(c => IsChinese(c) ? $" {c} " : c.ToString()));
    }

    // The published ranges, with what they make of the two beyond the basic plane: in place of those, U+2001 to U+2A6D (general
    // punctuation, arrows, mathematics) and U+2F81 to U+2FA1 are taken for Chinese. Scores agree only with the same.
    private static bool IsChinese(char c) => c
        is (>= '\u2001' and <= '\u2A6D') or (>= '\u2E80' and <= '\u2EFF') or (>= '\u2F00' and <= '\u2FDF') or (>= '\u2FF0' and <= '\u303F')
        or (>= '\u3100' and <= '\u312F') or (>= '\u31A0' and <= '\u31BF') or (>= '\u31C0' and <= '\u31EF') or (>= '\u3200' and <= '\u4DB5')
        or (>= '\u4E00' and <= '\u9FBB') or (>= '\uF900' and <= '\uFA2D') or (>= '\uFA30' and <= '\uFA6A') or (>= '\uFA70' and <= '\uFAD9')
        or (>= '\uFE10' and <= '\uFE1F') or (>= '\uFE30' and <= '\uFE4F') or (>= '\uFF00' and <= '\uFFEF');

    private static bool IsNumber(string c) => Category(c)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    private static bool IsPunctuation(string c) => Category(c)
        is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
        or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
        or UnicodeCategory.OtherPunctuation;

    private static bool IsSymbol(string c) => Category(c)
        is UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.OtherSymbol;

    private static UnicodeCategory Category(string c) => CharUnicodeInfo.GetUnicodeCategory(c, 0);
}
