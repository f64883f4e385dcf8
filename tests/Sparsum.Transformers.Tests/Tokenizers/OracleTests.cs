using System.Text.Json;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Every reference encoding must come out the same.</summary>
public class OracleTests
{
    public static TheoryData<string> Names => OracleFolder.Names();

    [SharedTheory("oracle/tokenizers")]
    [MemberData(nameof(Names))]
    public void TextsEncodeAndDecodeAsInTheReference(string name)
    {
        var oracle = new OracleFolder(name);
        var tokenizer = oracle.Open();
        var failures = new List<string>();
        foreach (var test in oracle.Root.GetProperty("cases").EnumerateArray())
        {
            string text = test.GetProperty("text").GetString()!;
            int[] ids = OracleFolder.Ids(test.GetProperty("ids"));
            Compare("ids", test, ids, tokenizer.Encode(text, addSpecialTokens: false), failures);
            Compare("full", test, OracleFolder.Ids(test.GetProperty("full")), tokenizer.Encode(text), failures);
            string expected = test.GetProperty("decode").GetString()!;

            // The reference decoded without taking spaces out, whatever its configuration asks for.
            string actual = ((TokenizerBase)tokenizer).DecodePlain(ids, skipSpecialTokens: false);
            if (expected != actual)
            {
                failures.Add($"decode of {Show(text)}: expected {Show(expected)}, got {Show(actual)}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} failures\n{string.Join('\n', failures.Take(20))}");
    }

    [SharedTheory("oracle/tokenizers")]
    [MemberData(nameof(Names))]
    public void PairsAreJoinedAndCutAsInTheReference(string name)
    {
        var oracle = new OracleFolder(name);
        var tokenizer = oracle.Open();
        foreach (var pair in oracle.List("pairs"))
        {
            var options = pair.GetProperty("options");
            int? maxLength = options.TryGetProperty("max_length", out var limit) ? limit.GetInt32() : null;
            var truncation = options.TryGetProperty("truncation", out var way)
                ? Enum.Parse<Truncation>(way.GetString()!.Replace("_", "", StringComparison.Ordinal), ignoreCase: true)
                : Truncation.LongestFirst;
            var encoded = tokenizer.EncodePair(
                pair.GetProperty("a").GetString()!, pair.GetProperty("b").GetString()!, maxLength, truncation);
            Assert.Equal(OracleFolder.Ids(pair.GetProperty("input_ids")), encoded.Ids);
            Assert.Equal(OracleFolder.Ids(pair.GetProperty("token_type_ids")), encoded.TypeIds);
        }
    }

    [SharedTheory("oracle/tokenizers")]
    [MemberData(nameof(Names))]
    public void BatchesArePaddedAsInTheReference(string name)
    {
        var oracle = new OracleFolder(name);
        var tokenizer = oracle.Open();
        foreach (var batch in oracle.List("batches"))
        {
            int? maxLength = batch.GetProperty("truncation").GetBoolean() ? batch.GetProperty("max_length").GetInt32() : null;
            var texts = batch.GetProperty("texts").EnumerateArray()
                .Select(text => tokenizer.EncodePair(text.GetString()!, null, maxLength))
                .ToArray();
            var side = batch.GetProperty("padding_side").GetString() == "left" ? PaddingSide.Left : PaddingSide.Right;
            int length = batch.GetProperty("padding").GetString() == "max_length" ? maxLength ?? 0 : 0;
            var padded = BatchEncoding.Pad(texts, tokenizer.PadId!.Value, side, length);
            Assert.Equal(batch.GetProperty("input_ids").EnumerateArray().SelectMany(OracleFolder.Ids), padded.Ids);
            Assert.Equal(
                batch.GetProperty("attention_mask").EnumerateArray().SelectMany(OracleFolder.Ids).Select(bit => (byte)bit),
                padded.AttentionMask);
        }
    }

    [SharedTheory("oracle/tokenizers")]
    [MemberData(nameof(Names))]
    public void SpecialIdsAreThoseOfTheReference(string name)
    {
        var oracle = new OracleFolder(name);
        var tokenizer = oracle.Open();
        Assert.Equal(oracle.Root.GetProperty("size").GetInt32(), tokenizer.VocabularySize);
        var expected = oracle.Root.GetProperty("special_ids");
        Assert.Equal(Id("bos"), tokenizer.BeginId);
        Assert.Equal(Id("eos"), tokenizer.EndId);
        Assert.Equal(Id("pad"), tokenizer.PadId);
        Assert.All(expected.EnumerateObject(), role => Assert.Contains(role.Value.GetInt32(), tokenizer.SpecialIds));

        int? Id(string role) => expected.TryGetProperty(role, out var id) ? id.GetInt32() : null;
    }

    private static void Compare(string what, JsonElement test, int[] expected, int[] actual, List<string> failures)
    {
        if (!expected.SequenceEqual(actual))
        {
            string text = Show(test.GetProperty("text").GetString()!);
            failures.Add($"{what} of {text}: expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
        }
    }

    private static string Show(string text) => JsonSerializer.Serialize(text);
}
