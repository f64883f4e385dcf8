using System.Text.Json;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Reads vocabularies of SentencePiece origin from <c>tokenizer.json</c>.</summary>
internal static class PieceReader
{
    private const string Supported = "Prepend and Replace by U+2581, or Metaspace";

    /// <summary>The vocabulary as a SentencePiece model; added tokens are ordinary pieces, for decoding.</summary>
    public static SentencePieceModel ReadModel(
        JsonElement model, Dictionary<string, int> vocabulary, IEnumerable<AddedToken> added, int size)
    {
        string? unknown = Text(model, "unk_token");
        bool byteFallback = Flag(model, "byte_fallback");
        var pieces = new Piece[size];
        Array.Fill(pieces, new Piece("", 0, PieceKind.Control));
        foreach (var (text, id) in vocabulary)
        {
            var kind = text == unknown ? PieceKind.Unknown
                : byteFallback && BytePiece.TryParse(text, out _) ? PieceKind.Byte
                : PieceKind.Normal;
            pieces[id] = new Piece(text, 0, kind);
        }

        foreach (var token in added.Where(token => token.Content != unknown))
        {
            pieces[token.Id] = new Piece(token.Content, 0, PieceKind.Normal);
        }

        return new SentencePieceModel
        {
            Pieces = pieces,
            IsBytePair = true,
            ByteFallback = byteFallback && pieces.Count(piece => piece.Kind == PieceKind.Byte) == 256,
            AddDummyPrefix = false,
            RemoveExtraSpaces = false,
            UnknownSurface = unknown ?? "",
        };
    }

    /// <summary>Which stretches of text get a space in front.</summary>
    /// <exception cref="TokenizerException">The normaliser or pre-tokenizer is not supported.</exception>
    public static PrefixSpace ReadPrefix(TokenizerJson json)
    {
        var prefix = PrefixSpace.Never;
        foreach (var step in json.Steps("normalizer"))
        {
            prefix = Type(step) switch
            {
                "Prepend" when Text(step, "prepend") == "\u2581" => PrefixSpace.Always,
                "Replace" when Text(step, "content") == "\u2581" && Text(Member(step, "pattern"), "String") == " " => prefix,
                _ => throw json.Unsupported("normaliser", step, Supported),
            };
        }

        foreach (var step in json.Steps("pre_tokenizer"))
        {
            prefix = Type(step) switch
            {
                "Metaspace" when Text(step, "replacement") == "\u2581" => Scheme(step),
                // Spaces are gone by then, so that splitting at them does nothing (Gemma).
                "Split" when Text(Member(step, "pattern"), "String") == " " => prefix,
                _ => throw json.Unsupported("pre-tokenizer", step, Supported),
            };
        }

        return prefix;
    }

    /// <summary>Whether decoding takes away one space at the start.</summary>
    public static bool DropsFirstSpace(TokenizerJson json) => json.Steps("decoder").Exists(step => Type(step) switch
    {
        "Strip" => Text(step, "content") == " " && Member(step, "start") is { ValueKind: JsonValueKind.Number } start
            && start.TryGetInt32(out int count) && count > 0,
        "Metaspace" => Scheme(step) != PrefixSpace.Never,
        _ => false,
    });

    private static PrefixSpace Scheme(JsonElement step) => Text(step, "prepend_scheme") switch
    {
        "first" => PrefixSpace.FirstPart,
        "never" => PrefixSpace.Never,
        "always" => PrefixSpace.EveryPart,
        _ => Flag(step, "add_prefix_space", true) ? PrefixSpace.EveryPart : PrefixSpace.Never,
    };
}
