namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>Cuts normalised text into pieces.</summary>
internal interface ISegmenter
{
    /// <summary>
    /// Appends the symbols of <paramref name="text"/>: piece ids, and for a character outside the vocabulary the complement of its code
    /// point (a negative number).
    /// </summary>
    void Segment(ReadOnlySpan<char> text, List<int> symbols);
}
