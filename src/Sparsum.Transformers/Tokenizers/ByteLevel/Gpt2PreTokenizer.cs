using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>
/// GPT-2's words: contractions; runs of letters, of numbers or of anything else, each with one space in front; white space. As an
/// expression: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class Gpt2PreTokenizer : IPreTokenizer
{
    /// <inheritdoc/>
    public int FirstWord(ReadOnlySpan<char> text)
    {
        int contraction = TextRuns.OfContraction(text, ignoreCase: false);
        if (contraction > 0)
        {
            return contraction;
        }

        int space = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        var first = UnicodeText.Classify(text[space..], out _);
        return first == CharacterClass.Space
            ? TextRuns.OfSpacesBeforeWord(text)
            : space + TextRuns.OfClass(text[space..], first);
    }
}
