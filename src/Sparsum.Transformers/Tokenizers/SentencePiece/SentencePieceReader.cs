using Google.Protobuf;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>
/// Reads the protocol buffer of a SentencePiece model (messages ModelProto, TrainerSpec and NormalizerSpec); fields that encoding does not
/// need are skipped.
/// </summary>
internal static class SentencePieceReader
{
    private const int MostPieces = 1 << 22;
    private const int LongestPiece = 1 << 12;

    /// <summary>Reads a model.</summary>
    /// <exception cref="TokenizerException">The bytes are no such model, or of a kind that is not supported.</exception>
    public static SentencePieceModel Read(byte[] bytes, string? file = null)
    {
        try
        {
            return Validate(ReadModel(new CodedInputStream(bytes)), file);
        }
        catch (Exception error) when (error is InvalidProtocolBufferException or OverflowException or NotSupportedException)
        {
            throw TokenizerException.Malformed(file, "The file is not a SentencePiece model.", error);
        }
    }

    private static SentencePieceModel ReadModel(CodedInputStream input)
    {
        var pieces = new List<Piece>();
        var model = new SentencePieceModel { Pieces = pieces };
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case (1 << 3) | (uint)WireFormat.WireType.LengthDelimited:
                    pieces.Add(ReadPiece(Message(input)));
                    break;
                case (2 << 3) | (uint)WireFormat.WireType.LengthDelimited:
                    model = ReadTrainer(Message(input), model);
                    break;
                case (3 << 3) | (uint)WireFormat.WireType.LengthDelimited:
                    model = ReadNormalizer(Message(input), model);
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return model;
    }

    private static CodedInputStream Message(CodedInputStream input) => input.ReadBytes().CreateCodedInput();

    private static Piece ReadPiece(CodedInputStream input)
    {
        var piece = new Piece("", 0, PieceKind.Normal);
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case (1 << 3) | (uint)WireFormat.WireType.LengthDelimited:
                    piece = piece with { Text = input.ReadString() };
                    break;
                case (2 << 3) | (uint)WireFormat.WireType.Fixed32:
                    piece = piece with { Score = input.ReadFloat() };
                    break;
                case (3 << 3) | (uint)WireFormat.WireType.Varint:
                    piece = piece with { Kind = (PieceKind)input.ReadEnum() };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return piece;
    }

    private static SentencePieceModel ReadTrainer(CodedInputStream input, SentencePieceModel model)
    {
        const int bytePair = 2;
        int kind = 1;
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case (3 << 3) | (uint)WireFormat.WireType.Varint:
                    kind = input.ReadEnum();
                    break;
                case (24 << 3) | (uint)WireFormat.WireType.Varint:
                    model = model with { SpaceIsSuffix = input.ReadBool() };
                    break;
                case (35 << 3) | (uint)WireFormat.WireType.Varint:
                    model = model with { ByteFallback = input.ReadBool() };
                    break;
                case (44 << 3) | (uint)WireFormat.WireType.LengthDelimited:
                    model = model with { UnknownSurface = input.ReadString() };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return kind is 1 or bytePair
            ? model with { IsBytePair = kind == bytePair }
            : throw TokenizerException.Unsupported(null, "model type", $"{kind}", "1 (unigram) or 2 (BPE)");
    }

    private static SentencePieceModel ReadNormalizer(CodedInputStream input, SentencePieceModel model)
    {
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (tag)
            {
                case (2 << 3) | (uint)WireFormat.WireType.LengthDelimited:
                    model = model with { CharacterMap = input.ReadBytes().Memory };
                    break;
                case (3 << 3) | (uint)WireFormat.WireType.Varint:
                    model = model with { AddDummyPrefix = input.ReadBool() };
                    break;
                case (4 << 3) | (uint)WireFormat.WireType.Varint:
                    model = model with { RemoveExtraSpaces = input.ReadBool() };
                    break;
                case (5 << 3) | (uint)WireFormat.WireType.Varint:
                    model = model with { EscapeSpaces = input.ReadBool() };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return model;
    }

    private static SentencePieceModel Validate(SentencePieceModel model, string? file)
    {
        var pieces = model.Pieces;
        int unknown = pieces.Count(piece => piece.Kind == PieceKind.Unknown);
        string? problem =
            pieces.Count is 0 or > MostPieces ? $"The model has {pieces.Count} pieces."
            : unknown != 1 ? $"The model has {unknown} unknown pieces; one is needed."
            : pieces.Any(piece => piece.Text.Length is 0 or > LongestPiece) ? "A piece is empty or too long."
            : pieces.Any(piece => !float.IsFinite(piece.Score)) ? "A piece has a score that is not a number."
            : pieces.Any(piece => !Enum.IsDefined(piece.Kind)) ? "A piece is of an unknown kind."
            : pieces.DistinctBy(piece => piece.Text).Count() != pieces.Count ? "A piece occurs twice."
            : model.ByteFallback && pieces.Count(IsByte) != 256 ? "Byte fallback needs the pieces <0x00> to <0xFF>."
            : null;
        return problem is null ? model : throw TokenizerException.Malformed(file, problem);
    }

    private static bool IsByte(Piece piece) => piece.Kind == PieceKind.Byte && BytePiece.TryParse(piece.Text, out _);
}
