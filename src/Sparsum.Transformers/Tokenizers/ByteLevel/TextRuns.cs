using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Lengths of runs at the start of a text, in UTF-16 units.</summary>
internal static class TextRuns
{
    /// <summary>The longest run of one class, of at most <paramref name="limit"/> characters.</summary>
    public static int OfClass(ReadOnlySpan<char> text, CharacterClass wanted, int limit = int.MaxValue)
    {
        int length = 0;
        for (int count = 0; count < limit && length < text.Length; count++)
        {
            if (UnicodeText.Classify(text[length..], out int next) != wanted)
            {
                break;
            }

            length += next;
        }

        return length;
    }

    /// <summary>
    /// The white space that makes a word of its own: the run, but where a word follows its last character is left to that word.
    /// </summary>
    public static int OfSpacesBeforeWord(ReadOnlySpan<char> text)
    {
        int length = OfClass(text, CharacterClass.Space);
        return length < text.Length && length > 1 ? length - 1 : length;
    }

    /// <summary>An English contraction such as <c>'s</c> or <c>'ll</c>, or 0.</summary>
    public static int OfContraction(ReadOnlySpan<char> text, bool ignoreCase)
    {
        if (text.Length < 2 || text[0] != '\'')
        {
            return 0;
        }

        (char first, char second) = (text[1], text.Length > 2 ? text[2] : '\0');
        if (ignoreCase)
        {
            (first, second) = (Fold(first), Fold(second));
        }

        return (first, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => 2,
            ('r' or 'v', 'e') or ('l', 'l') => 3,
            _ => 0,
        };
    }

    // Case folding, which also takes the long s (U+017F) to s.
    private static char Fold(char c) => c is >= 'A' and <= 'Z' ? (char)(c | 0x20) : c == '\u017F' ? 's' : c;
}
