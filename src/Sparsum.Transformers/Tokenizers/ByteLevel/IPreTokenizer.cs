namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Cuts text into words before byte-pair encoding; joins never cross a cut.</summary>
internal interface IPreTokenizer
{
    /// <summary>Length of the first word of a text that is not empty, in UTF-16 units, at least 1.</summary>
    int FirstWord(ReadOnlySpan<char> text);
}
