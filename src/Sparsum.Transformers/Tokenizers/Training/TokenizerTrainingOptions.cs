using Sparsum.Core;


namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>What a vocabulary is learned with.</summary>
public sealed record TokenizerTrainingOptions
{
    /// <summary>
    /// Tokens of the vocabulary, special tokens and alphabet included. Fewer come out where the text has no more pairs to join.
    /// </summary>
    public required int VocabularySize { get; init; }

    /// <summary>A pair is joined only if it occurs at least this often.</summary>
    public int MinimumCount { get; init; } = 2;

    /// <summary>Whether WordPiece makes upper case lower case and takes accents off; byte-level BPE keeps text as it is.</summary>
    public bool LowerCases { get; init; } = true;

    /// <summary>
    /// Most characters that WordPiece takes from the text, the most frequent first; words with others become the unknown token. Byte-level
    /// BPE always has all 256 bytes.
    /// </summary>
    public int LargestAlphabet { get; init; } = 1000;

    /// <summary>Checks that the vocabulary has room for what it cannot do without.</summary>
    /// <exception cref="InvalidInputException">It has not, or it is larger than any tokenizer may be.</exception>
    internal void Require(int smallest, string needs)
    {
        if (VocabularySize < smallest || VocabularySize > TokenizerFolder.LargestId)
        {
            throw new InvalidInputException("bad-vocabulary-size", $"A vocabulary of {VocabularySize} tokens cannot be learned.")
            {
                Found = FormattableString.Invariant($"{VocabularySize}"),
                Expected = FormattableString.Invariant($"{smallest} ({needs}) to {TokenizerFolder.LargestId}"),
                Hint = "Choose another vocabulary size.",
            };
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(MinimumCount, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(LargestAlphabet);
    }
}
