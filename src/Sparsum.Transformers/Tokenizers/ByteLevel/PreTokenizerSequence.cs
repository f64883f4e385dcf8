namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Two rules in turn: the second cuts the words of the first further.</summary>
internal sealed class PreTokenizerSequence(IPreTokenizer first, IPreTokenizer second) : IPreTokenizer
{
    /// <inheritdoc/>
    public int FirstWord(ReadOnlySpan<char> text) => second.FirstWord(text[..first.FirstWord(text)]);
}
