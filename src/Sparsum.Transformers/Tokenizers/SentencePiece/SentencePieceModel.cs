namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>What a SentencePiece model file holds, as far as encoding and decoding need it (Kudo and Richardson 2018).</summary>
internal sealed record SentencePieceModel
{
    /// <summary>Stands for a space inside pieces.</summary>
    public const char SpaceSymbol = '\u2581';

    /// <summary>The vocabulary; the index is the id.</summary>
    public required IReadOnlyList<Piece> Pieces { get; init; }

    /// <summary>Byte-pair encoding; otherwise a unigram language model.</summary>
    public bool IsBytePair { get; init; }

    /// <summary>Characters outside the vocabulary become byte pieces.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>The space symbol ends words instead of beginning them.</summary>
    public bool SpaceIsSuffix { get; init; }

    /// <summary>A space is put in front of the text.</summary>
    public bool AddDummyPrefix { get; init; } = true;

    /// <summary>Spaces at both ends and runs of spaces are reduced.</summary>
    public bool RemoveExtraSpaces { get; init; } = true;

    /// <summary>Spaces become <see cref="SpaceSymbol"/>.</summary>
    public bool EscapeSpaces { get; init; } = true;

    /// <summary>The compiled normalisation rules; empty for none.</summary>
    public ReadOnlyMemory<byte> CharacterMap { get; init; }

    /// <summary>What the unknown piece decodes to.</summary>
    public string UnknownSurface { get; init; } = " \u2047 ";
}
