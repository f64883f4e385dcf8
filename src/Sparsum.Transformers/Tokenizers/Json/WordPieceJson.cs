using System.Text.Json;
using Sparsum.Transformers.Tokenizers.WordPiece;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Reads the options of WordPiece from <c>tokenizer.json</c>.</summary>
internal static class WordPieceJson
{
    /// <summary>The options.</summary>
    /// <exception cref="TokenizerException">Normaliser or pre-tokenizer are not BERT's.</exception>
    public static WordPieceOptions ReadOptions(TokenizerJson json)
    {
        if (json.Steps("normalizer") is not [var normalizer] || Type(normalizer) != "BertNormalizer"
            || json.Steps("pre_tokenizer") is not [var splitter] || Type(splitter) != "BertPreTokenizer")
        {
            throw TokenizerException.Unsupported(
                json.File, "normaliser or pre-tokenizer", "another", "BertNormalizer and BertPreTokenizer");
        }

        var longest = Member(json.Model, "max_input_chars_per_word");
        return new WordPieceOptions
        {
            LowerCases = Flag(normalizer, "lowercase", true),
            StripsAccents = Member(normalizer, "strip_accents").ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                _ => null,
            },
            SplitsChinese = Flag(normalizer, "handle_chinese_chars", true),
            ContinuationPrefix = Text(json.Model, "continuing_subword_prefix") ?? "##",
            LongestWord = longest.ValueKind == JsonValueKind.Number && longest.TryGetInt32(out int count)
                ? Math.Clamp(count, 1, 100_000)
                : 100,
        };
    }
}
