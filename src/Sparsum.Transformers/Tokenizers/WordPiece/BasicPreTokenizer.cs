using System.Globalization;
using System.Text;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.WordPiece;

/// <summary>BERT's first stage: cleans text and cuts it at white space, punctuation and Chinese characters.</summary>
internal sealed class BasicPreTokenizer(WordPieceOptions options)
{
    private readonly bool _stripsAccents = options.StripsAccents ?? options.LowerCases;

    /// <summary>The words of a text.</summary>
    public IEnumerable<string> Split(string text)
    {
        string clean = UnicodeNormalizer.Compose(Clean(text));
        for (int start = 0; start < clean.Length;)
        {
            int length = 0;
            while (start + length < clean.Length && !UnicodeText.IsSpace(clean[start + length]))
            {
                length++;
            }

            if (length > 0)
            {
                foreach (string word in SplitWord(clean.Substring(start, length)))
                {
                    yield return word;
                }
            }

            start += length + 1;
        }
    }

    /// <summary>Lower case, character by character.</summary>
    public static string ToLower(ReadOnlySpan<char> text)
    {
        var lower = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // The only character whose lower case is two: capital I with a dot above.
            lower.Append(rune.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString());
        }

        return lower.ToString();
    }

    private IEnumerable<string> SplitWord(string word)
    {
        if (options.NeverSplit.Contains(word))
        {
            return [word];
        }

        word = options.LowerCases ? ToLower(word) : word;
        word = _stripsAccents ? StripAccents(word) : word;
        return options.NeverSplit.Contains(word) ? [word] : SplitAtPunctuation(word);
    }

    private static IEnumerable<string> SplitAtPunctuation(string word)
    {
        int start = 0;
        for (int i = 0; i < word.Length;)
        {
            int code = UnicodeText.CodePointAt(word.AsSpan(i), out int length);
            if (IsPunctuation(code))
            {
                if (i > start)
                {
                    yield return word[start..i];
                }

                yield return word.Substring(i, length);
                start = i + length;
            }

            i += length;
        }

        if (start < word.Length)
        {
            yield return word[start..];
        }
    }

    private string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            bool space = rune.Value is ' ' or '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;
            if (space)
            {
                clean.Append(' ');
            }
            else if (rune.Value == 0xFFFD || IsControl(rune))
            {
                continue;
            }
            else if (options.SplitsChinese && IsChinese(rune.Value))
            {
                clean.Append(' ').Append(rune.ToString()).Append(' ');
            }
            else
            {
                clean.Append(rune.ToString());
            }
        }

        return clean.ToString();
    }

    private static string StripAccents(string word)
    {
        if (Ascii.IsValid(word))
        {
            return word;
        }

        var bare = new StringBuilder(word.Length);
        foreach (var rune in UnicodeNormalizer.Decompose(word).EnumerateRunes())
        {
            bare.Append(Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark ? "" : rune.ToString());
        }

        return bare.ToString();
    }

    // General category C.
    private static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned;

    // General category P, and all ASCII that is neither letter nor digit nor space.
    private static bool IsPunctuation(int code) => code < 128
        ? code is > 32 and < 127 && !char.IsAsciiLetterOrDigit((char)code)
        : CharUnicodeInfo.GetUnicodeCategory(code) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    // The blocks of ideographs that the published vocabularies were made with.
    private static bool IsChinese(int code) => code
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
