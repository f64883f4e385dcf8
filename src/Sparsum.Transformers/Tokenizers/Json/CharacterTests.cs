using System.Globalization;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Questions that the rules of <c>tokenizer.json</c> ask of one code point.</summary>
internal static class CharacterTests
{
    /// <summary>Unicode white space.</summary>
    public static bool IsSpace(int code) => code <= char.MaxValue && char.IsWhiteSpace((char)code);

    /// <summary>A number in the wide sense: general category N.</summary>
    public static bool IsNumber(int code) => CharUnicodeInfo.GetUnicodeCategory(code)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>General category P, and all ASCII that is neither letter nor digit nor space.</summary>
    public static bool IsPunctuation(int code) => code < 128
        ? code is > 32 and < 127 && !char.IsAsciiLetterOrDigit((char)code)
        : CharUnicodeInfo.GetUnicodeCategory(code) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    /// <summary>
    /// A character of words, <c>\w</c> (Unicode Technical Standard 18, annex C): alphabetic, mark, digit, connector, join control. The
    /// alphabetic ones outside the letters and marks are the circled and squared letters.
    /// </summary>
    public static bool IsWord(int code) => CharUnicodeInfo.GetUnicodeCategory(code) switch
    {
        <= UnicodeCategory.OtherLetter => true,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => true,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        UnicodeCategory.OtherSymbol => code is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169)
            or (>= 0x1F170 and <= 0x1F189),
        _ => code is 0x200C or 0x200D,
    };

    /// <summary>The blocks of ideographs that BERT's normaliser sets apart, with the gap that its table has.</summary>
    public static bool IsIdeograph(int code) => code
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
