using System.Text.Json.Nodes;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Features of <c>tokenizer.json</c> on vocabularies small enough to encode by hand.</summary>
public class TokenizerJsonTests
{
    [Fact]
    public void WordsInTheVocabularyCanOverrideMerges()
    {
        var json = JsonNode.Parse(Fixtures.TokenizerJson())!;
        json["model"]!["vocab"]!["owl"] = 261;
        Assert.Equal(['o', 'w', 'l'], Encode(json, "owl").Select(Character));
        json["model"]!["ignore_merges"] = true;
        Assert.Equal([261], Encode(json, "owl"));
    }

    [Fact]
    public void Llama3CutsNumbersIntoThrees()
    {
        var json = JsonNode.Parse(Fixtures.TokenizerJson())!;
        json["pre_tokenizer"] = JsonNode.Parse(
            """
            {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
            """);

        // 1234 1 2 would join across the cut between 3 and 4 if there were none.
        json["model"]!["vocab"]!["34"] = 261;
        json["model"]!["merges"]!.AsArray().Add("3 4");
        Assert.Equal(['1', '2', '3', '4'], Encode(json, "1234").Select(Character));
        Assert.Equal([261], Encode(json, "34"));
    }

    [Theory]
    [InlineData("first", "ab<x>ab", new[] { 4, 6, 2, 3 })]
    [InlineData("first", "<x>ab", new[] { 6, 2, 3 })]
    [InlineData("always", "ab<x>ab", new[] { 4, 6, 4 })]
    [InlineData("never", "ab<x>ab", new[] { 2, 3, 6, 2, 3 })]
    public void MetaspacePutsSpacesInFront(string scheme, string text, int[] expected)
    {
        var json = JsonNode.Parse(
            """
            {
              "added_tokens": [{"id": 6, "content": "<x>", "special": true}],
              "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": false},
              "decoder": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first"},
              "model": {"type": "BPE", "unk_token": "<unk>",
                "vocab": {"<unk>": 0, "\u2581": 1, "a": 2, "b": 3, "\u2581ab": 4, "\u2581a": 5}, "merges": ["\u2581 a", "\u2581a b"]}
            }
            """)!;
        json["pre_tokenizer"]!["prepend_scheme"] = scheme;
        Assert.Equal(expected, Encode(json, text));
        using var folder = new TemporaryFolder().Write("tokenizer.json", json.ToJsonString());
        Assert.Equal("ab ab<x>", Tokenizer.Open(folder.Root).Decode([4, 4, 6]));
    }

    [Fact]
    public void AddedTokensTakeSpacesWithThemOrStandAlone()
    {
        var json = JsonNode.Parse(Fixtures.TokenizerJson())!;
        json["post_processor"] = null;
        json["added_tokens"] = JsonNode.Parse(
            """
            [{"id": 261, "content": "<l>", "lstrip": true}, {"id": 262, "content": "<r>", "rstrip": true},
             {"id": 263, "content": "one", "single_word": true}, {"id": 264, "content": "<l><l>"}]
            """);
        Assert.Equal([257, 261, 259], Encode(json, "low  <l> low"));
        Assert.Equal([257, 262, 257], Encode(json, "low<r>  low"));
        Assert.Equal([264, 261], Encode(json, "<l><l><l>"));
        Assert.Contains(263, Encode(json, "low one low"));
        Assert.DoesNotContain(263, Encode(json, "lowone low"));
    }

    [Theory]
    [InlineData("model", """{"type": "Surprise", "vocab": {"a": 0}}""")]
    [InlineData("normalizer", """{"type": "Nmt"}""")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"Regex": "(?<"}, "content": ""}""")]
    [InlineData("pre_tokenizer", """{"type": "UnicodeScripts"}""")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\p{Han}+"}, "behavior": "Isolated"}""")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[a[^b]]+"}, "behavior": "Isolated"}""")]
    [InlineData("decoder", """{"type": "CTC"}""")]
    [InlineData("post_processor", """{"type": "Surprise"}""")]
    public void UnsupportedStepsAreNamed(string stage, string step)
    {
        var json = JsonNode.Parse(Fixtures.TokenizerJson())!;
        json[stage] = JsonNode.Parse(step);
        var error = Assert.Throws<TokenizerException>(() => Encode(json, "low"));
        Assert.Equal("tokenizer-unsupported", error.Code);
        Assert.EndsWith("tokenizer.json", error.File, StringComparison.Ordinal);
        Assert.NotNull(error.Expected);
    }

    private static char Character(int id) => (char)id;

    private static int[] Encode(JsonNode json, string text)
    {
        using var folder = new TemporaryFolder().Write("tokenizer.json", json.ToJsonString());
        return [.. Tokenizer.Open(folder.Root).Encode(text).Where(id => id != 260)];
    }
}
