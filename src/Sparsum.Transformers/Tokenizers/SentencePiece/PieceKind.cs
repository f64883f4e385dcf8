namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>What a piece is; the values are those of the file format.</summary>
internal enum PieceKind
{
    /// <summary>Ordinary text.</summary>
    Normal = 1,

    /// <summary>The piece for text outside the vocabulary.</summary>
    Unknown = 2,

    /// <summary>Structure such as the begin of a sequence; never found in text.</summary>
    Control = 3,

    /// <summary>Text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>Excluded from the result.</summary>
    Unused = 5,

    /// <summary>One byte, for characters outside the vocabulary.</summary>
    Byte = 6,
}
