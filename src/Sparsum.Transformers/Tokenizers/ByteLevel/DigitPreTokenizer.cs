using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Sets numbers apart from other text, one by one or in runs.</summary>
internal sealed class DigitPreTokenizer(bool individual) : IPreTokenizer
{
    /// <inheritdoc/>
    public int FirstWord(ReadOnlySpan<char> text)
    {
        bool number = UnicodeText.Classify(text, out int length) == CharacterClass.Number;
        if (number && individual)
        {
            return length;
        }

        while (length < text.Length && UnicodeText.Classify(text[length..], out int next) == CharacterClass.Number == number)
        {
            length += next;
        }

        return length;
    }
}
