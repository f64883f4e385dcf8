using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>
/// The words of the GPT-4 family, LLaMA 3 (numbers of up to 3 digits) and Qwen2 (single digits):
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Gpt4PreTokenizer(int digits) : IPreTokenizer
{
    /// <inheritdoc/>
    public int FirstWord(ReadOnlySpan<char> text)
    {
        int length = TextRuns.OfContraction(text, ignoreCase: true);
        if (length > 0)
        {
            return length;
        }

        var first = UnicodeText.Classify(text, out int firstLength);
        switch (first)
        {
            case CharacterClass.Letter:
                return TextRuns.OfClass(text, CharacterClass.Letter);
            case CharacterClass.Number:
                return TextRuns.OfClass(text, CharacterClass.Number, digits);
        }

        if (text[0] is not ('\r' or '\n') && TextRuns.OfClass(text[firstLength..], CharacterClass.Letter) is > 0 and int letters)
        {
            return firstLength + letters;
        }

        int space = text[0] == ' ' ? 1 : 0;
        int others = TextRuns.OfClass(text[space..], CharacterClass.Other);
        if (others > 0)
        {
            length = space + others;
            int breaks = text[length..].IndexOfAnyExcept('\r', '\n');
            return breaks < 0 ? text.Length : length + breaks;
        }

        int spaces = TextRuns.OfClass(text, CharacterClass.Space);
        int lastBreak = text[..spaces].LastIndexOfAny('\r', '\n');
        return lastBreak >= 0 ? lastBreak + 1 : TextRuns.OfSpacesBeforeWord(text);
    }
}
