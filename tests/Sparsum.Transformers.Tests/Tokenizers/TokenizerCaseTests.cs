using System.Text.Json;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Folders that were once misread, each with the right ids.</summary>
public class TokenizerCaseTests
{
    [SharedTheory("cases")]
    [InlineData("added-token-lstrip-priority", false, new[] { 64, 256 })]
    [InlineData("added-token-priority", false, new[] { 64, 65, 256 })]
    [InlineData("roberta-prefix-space-flag", true, new[] { 256, 64, 257 })]
    [InlineData("tokenizer-json-no-post-processor", true, new[] { 5, 6 })]
    [InlineData("tokenizer-json-own-template", true, new[] { 2, 5, 6 })]
    [InlineData("vocab-txt-before-tokenizer-json", false, new[] { 22, 24 })]
    [InlineData("vocab-txt-loses-added-tokens", false, new[] { 5, 26, 6 })]
    public void The_first_text_gives_the_right_ids(string name, bool addsSpecialTokens, int[] expected)
    {
        using var texts = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path("cases", name, "texts.json")));
        Assert.Equal(expected, Open(name).Encode(texts.RootElement[0].GetString()!, addsSpecialTokens));
    }

    [SharedFact("cases/tokenizer-json-normalized-token")]
    public void A_normalised_token_is_found_in_any_case()
    {
        var tokenizer = Open("tokenizer-json-normalized-token");
        foreach (string text in new[] { "a foo b", "a FOO b", "a Foo b" })
        {
            Assert.Equal([5, 22, 6], tokenizer.Encode(text, addSpecialTokens: false));
        }
    }

    [Theory]
    [InlineData("TokenizersBackend")]
    [InlineData("PreTrainedTokenizerFast")]
    [InlineData("BloomTokenizerFast")]
    public void Classes_that_read_the_file_and_nothing_else_are_known(string name)
    {
        using var folder = Fixtures.Open("json").Write("tokenizer_config.json", $$"""{ "tokenizer_class": "{{name}}" }""");
        Assert.Equal([260, 257], Tokenizer.Open(folder.Root).Encode("low"));
    }

    [Fact]
    public void The_file_comes_before_a_vocabulary_beside_it()
    {
        using var folder = Fixtures.Open("json").Write("vocab.txt", Fixtures.WordPieces).Write("tokenizer.model", Fixtures.LlamaModel());
        Assert.Equal([260, 257], Tokenizer.Open(folder.Root).Encode("low"));
    }

    [Fact]
    public void Spaces_are_cleaned_up_where_the_configuration_asks_for_it()
    {
        using var folder = Fixtures.Open("json");
        var plain = Tokenizer.Open(folder.Root);
        int[] ids = plain.Encode("low , lo n't .", addSpecialTokens: false);
        folder.Write("tokenizer_config.json", """{ "clean_up_tokenization_spaces": true }""");
        var cleaning = Tokenizer.Open(folder.Root);
        Assert.Equal("low , lo n't .", plain.Decode(ids));
        Assert.Equal("low, lon't.", cleaning.Decode(ids));

        // Written id by id the text is that of the plain decoder: what is out cannot be taken back.
        var stream = new TokenStream(cleaning);
        Assert.Equal("low , lo n't .", string.Concat(ids.Select(stream.Push)) + stream.Finish());
    }

    [Fact]
    public void A_pair_follows_its_own_template()
    {
        string json = Fixtures.TokenizerJson().Replace("\"type_id\": 1}}, {\"Sequence\"", "\"type_id\": 7}}, {\"Sequence\"", StringComparison.Ordinal);
        using var folder = new TemporaryFolder().Write("tokenizer.json", json);
        var encoded = Tokenizer.Open(folder.Root).EncodePair("low", "lo");
        Assert.Equal([260, 257, 260, 256], encoded.Ids);
        Assert.Equal([0, 0, 7, 1], encoded.TypeIds);
    }

    private static ITokenizer Open(string name) => Tokenizer.Open(SharedFiles.Path("cases", name));
}
