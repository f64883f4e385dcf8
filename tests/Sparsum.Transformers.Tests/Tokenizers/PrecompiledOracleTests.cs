using System.Text.Json.Nodes;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>
/// A SentencePiece model as fast tokenizers have it, with its compiled normalisation rules and its whole vocabulary, against the library.
/// </summary>
public class PrecompiledOracleTests
{
    [NativeTokenizerTheory]
    [InlineData("oracle/tokenizers/t5_unigram/spiece.model")]
    [InlineData("tokenizers/t5/spiece.model")]
    public void CompiledRulesAndUnigramGiveTheLibrarysIds(string file)
    {
        if (SharedFiles.WhyMissing(file) is not null)
        {
            return;
        }

        var model = SentencePieceReader.Read(File.ReadAllBytes(SharedFiles.Path(file.Split('/'))));
        var vocabulary = new JsonArray();
        foreach (var piece in model.Pieces)
        {
            vocabulary.Add(new JsonArray(piece.Text, (double)piece.Score));
        }

        JsonObject Space() => new() { ["type"] = "Metaspace", ["replacement"] = "\u2581", ["prepend_scheme"] = "always", ["split"] = true };
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = new JsonObject { ["type"] = "Precompiled", ["precompiled_charsmap"] = Convert.ToBase64String(model.CharacterMap.Span) },
            ["pre_tokenizer"] = Space(),
            ["post_processor"] = null,
            ["decoder"] = Space(),
            ["model"] = new JsonObject
            {
                ["type"] = "Unigram",
                ["unk_id"] = model.Pieces.Index().First(piece => piece.Item.Kind == PieceKind.Unknown).Index,
                ["byte_fallback"] = false,
                ["vocab"] = vocabulary,
            },
        };
        NativeOracleTests.Compare(json.ToJsonString(), 11);
    }
}
