using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>The reference vocabularies rewritten as <c>tokenizer.json</c> give the same ids as in their own files.</summary>
public class TokenizerJsonOracleTests
{
    private const string Qwen2Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [SharedTheory("oracle/tokenizers")]
    [InlineData("gpt2_small", "gpt2_small")]
    [InlineData("gpt2_real", "gpt2_real")]
    [InlineData("qwen2_rules_gpt2_vocab", "gpt2_real")]
    public void ByteLevelVocabularies(string cases, string vocabulary)
    {
        bool isQwen = cases.StartsWith("qwen2", StringComparison.Ordinal);
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = !isQwen };
        var split = new JsonObject
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = Qwen2Pattern },
            ["behavior"] = "Isolated",
            ["invert"] = false,
        };
        string[] merges = File.ReadAllLines(SharedFiles.Path("oracle", "tokenizers", vocabulary, "merges.txt"));
        var json = new JsonObject
        {
            ["added_tokens"] = AddedTokens(cases),
            ["normalizer"] = isQwen ? new JsonObject { ["type"] = "NFC" } : null,
            ["pre_tokenizer"] = isQwen
                ? new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(split, byteLevel) }
                : byteLevel,
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("oracle", "tokenizers", vocabulary, "vocab.json"))),
                ["merges"] = new JsonArray([.. merges.Skip(1).Where(line => line.Length > 0).Select(line => JsonValue.Create(line))]),
            },
        };
        AssertSameIds(cases, json);
    }

    [SharedTheory("oracle/tokenizers")]
    [InlineData("llama_bpe_legacy", "llama_bpe", true)]
    [InlineData("gemma_bpe", "gemma_bpe", false)]
    public void PieceVocabularies(string cases, string vocabulary, bool prefix)
    {
        var model = SentencePieceReader.Read(
            File.ReadAllBytes(SharedFiles.Path("oracle", "tokenizers", vocabulary, "tokenizer.model")));
        var ids = model.Pieces.Select((piece, id) => (piece.Text, id)).ToDictionary(entry => entry.Text, entry => entry.id);
        var merges = new JsonArray();
        foreach (var piece in model.Pieces.Where(piece => piece.Kind == PieceKind.Normal).OrderByDescending(piece => piece.Score))
        {
            for (int cut = 1; cut < piece.Text.Length; cut++)
            {
                if (ids.ContainsKey(piece.Text[..cut]) && ids.ContainsKey(piece.Text[cut..]))
                {
                    merges.Add(new JsonArray(piece.Text[..cut], piece.Text[cut..]));
                }
            }
        }

        var added = AddedTokens(cases);
        foreach (var piece in model.Pieces.Where(piece => piece.Kind == PieceKind.UserDefined))
        {
            added.Add(new JsonObject { ["id"] = ids[piece.Text], ["content"] = piece.Text, ["special"] = false, ["normalized"] = true });
        }

        JsonNode replace = JsonNode.Parse("""{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}""")!;
        JsonNode prepend = JsonNode.Parse("""{"type":"Prepend","prepend":"\u2581"}""")!;
        var json = new JsonObject
        {
            ["added_tokens"] = added,
            ["normalizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["normalizers"] = prefix ? new JsonArray(prepend, replace) : new JsonArray(replace),
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = "<unk>",
                ["byte_fallback"] = true,
                ["vocab"] = JsonSerializer.SerializeToNode(ids),
                ["merges"] = merges,
            },
        };
        AssertSameIds(cases, json);
    }

    private static JsonArray AddedTokens(string cases) => new([.. new OracleFolder(cases).Root.GetProperty("added_tokens")
        .EnumerateObject()
        .Select(token => new JsonObject { ["id"] = token.Value.GetInt32(), ["content"] = token.Name, ["special"] = true })]);

    private static void AssertSameIds(string cases, JsonObject json)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", json.ToJsonString());
        var tokenizer = Tokenizer.Open(folder.Root);
        var failures = new List<string>();
        foreach (var test in new OracleFolder(cases).Root.GetProperty("cases").EnumerateArray())
        {
            string text = test.GetProperty("text").GetString()!;
            if (text.Contains('\u2581', StringComparison.Ordinal))
            {
                // A space symbol in the text itself is a user-defined piece to the one format and ordinary text to the other.
                continue;
            }

            int[] ids = tokenizer.Encode(text);
            int[] expected = OracleFolder.Ids(test.GetProperty("ids"));
            if (!expected.SequenceEqual(ids))
            {
                failures.Add($"{JsonSerializer.Serialize(text)}: {string.Join(' ', expected)} / {string.Join(' ', ids)}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} failures\n{string.Join('\n', failures.Take(15))}");
    }
}
