using System.Globalization;

namespace Sparsum.Transformers.Tokenizers.Unicode;

/// <summary>Character classes as the published tokenizers understand them.</summary>
internal static class UnicodeText
{
    private static readonly CharacterClass[] _asciiClasses = [.. Enumerable.Range(0, 128).Select(ClassOf)];

    /// <summary>White space in the wide sense: Unicode white space and the four information separators U+001C to U+001F.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>The text without white space at its start.</summary>
    public static ReadOnlySpan<char> TrimStart(ReadOnlySpan<char> text)
    {
        int start = 0;
        while (start < text.Length && IsSpace(text[start]))
        {
            start++;
        }

        return text[start..];
    }

    /// <summary>The text without white space at its end.</summary>
    public static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        int length = text.Length;
        while (length > 0 && IsSpace(text[length - 1]))
        {
            length--;
        }

        return text[..length];
    }

    /// <summary>
    /// The code point at the start of <paramref name="text"/> and its number of UTF-16 units; a lone surrogate counts as U+FFFD.
    /// </summary>
    public static int CodePointAt(ReadOnlySpan<char> text, out int length)
    {
        char first = text[0];
        length = 1;
        if (!char.IsSurrogate(first))
        {
            return first;
        }

        if (char.IsHighSurrogate(first) && text.Length > 1 && char.IsLowSurrogate(text[1]))
        {
            length = 2;
            return char.ConvertToUtf32(first, text[1]);
        }

        return 0xFFFD;
    }

    /// <summary>The class of the code point at the start of <paramref name="text"/>, and its number of UTF-16 units.</summary>
    public static CharacterClass Classify(ReadOnlySpan<char> text, out int length)
    {
        int code = CodePointAt(text, out length);
        return code < _asciiClasses.Length ? _asciiClasses[code] : ClassOf(code);
    }

    private static CharacterClass ClassOf(int code) => CharUnicodeInfo.GetUnicodeCategory(code) switch
    {
        <= UnicodeCategory.OtherLetter => CharacterClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
        _ => code <= char.MaxValue && char.IsWhiteSpace((char)code) ? CharacterClass.Space : CharacterClass.Other,
    };
}
