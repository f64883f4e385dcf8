namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Takes the text as one word.</summary>
internal sealed class WholeTextPreTokenizer : IPreTokenizer
{
    /// <inheritdoc/>
    public int FirstWord(ReadOnlySpan<char> text) => text.Length;
}
