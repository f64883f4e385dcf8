using System.Text.Json;
using Sparsum.Testing;
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
            string actual = tokenizer.Decode(ids);
            if (expected != actual)
            {
                failures.Add($"decode of {Show(text)}: expected {Show(expected)}, got {Show(actual)}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} failures\n{string.Join('\n', failures.Take(20))}");
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
