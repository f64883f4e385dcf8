namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>One entry of the vocabulary.</summary>
/// <param name="Text">The text, with U+2581 for a space.</param>
/// <param name="Score">Log probability (unigram) or minus the merge rank (BPE).</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct Piece(string Text, float Score, PieceKind Kind);
