using System.Text;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Damaged files are either read or refused with a typed error; nothing else happens.</summary>
public class MutationTests
{
    private const int Mutations = 2000;
    private const string Text = "ab low er <s>, unaffable <|endoftext|> é 好 12";

    [Theory]
    [InlineData("bpe", "tokenizer.model")]
    [InlineData("unigram", "spiece.model")]
    [InlineData("byte-level", "vocab.json")]
    [InlineData("byte-level", "merges.txt")]
    [InlineData("json", "tokenizer.json")]
    [InlineData("wordpiece", "vocab.txt")]
    public void DamagedFilesAreReadOrRefused(string fixture, string file)
    {
        using var folder = Fixtures.Open(fixture);
        byte[] original = File.ReadAllBytes(Path.Combine(folder.Root, file));
        var random = new Random(20_240_607);
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            folder.Write(file, Mutate(original, random));
            try
            {
                var tokenizer = Tokenizer.Open(folder.Root);
                int[] ids = tokenizer.Encode(Text);
                Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
                tokenizer.Decode(ids);
            }
            catch (TokenizerException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, file == "vocab.txt" ? 0 : 1, Mutations - 1);
    }

    [Theory]
    [InlineData("tokenizer_config.json")]
    [InlineData("special_tokens_map.json")]
    [InlineData("added_tokens.json")]
    public void DamagedSettingsAreReadOrRefused(string file)
    {
        string settings = file == "added_tokens.json"
            ? """{"<one>": 265, "<two>": 266}"""
            : """
              {"tokenizer_class": "LlamaTokenizer", "legacy": false, "add_bos_token": true, "bos_token": {"content": "<s>"},
               "pad_token": "<pad>", "additional_special_tokens": ["<x>"], "extra_ids": 3,
               "added_tokens_decoder": {"1": {"content": "<s>", "lstrip": true, "single_word": true, "special": true}}}
              """;
        using var folder = Fixtures.Open("bpe");
        var random = new Random(7);
        for (int i = 0; i < Mutations / 2; i++)
        {
            folder.Write(file, Mutate(Encoding.UTF8.GetBytes(settings), random));
            try
            {
                var tokenizer = Tokenizer.Open(folder.Root);
                tokenizer.Decode(tokenizer.Encode(Text));
            }
            catch (TokenizerException)
            {
                // The typed refusal that is wanted.
            }
        }
    }

    [Fact]
    public void EmptyFoldersAreRefusedWithWhatBelongsThere()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Open(folder.Root));
        Assert.Equal("tokenizer-missing", error.Code);
        Assert.Contains("tokenizer.model", error.Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unigram", "AlbertTokenizer")]
    [InlineData("byte-level", "RobertaTokenizerFast")]
    [InlineData("wordpiece", "MPNetTokenizer")]
    public void ClassesWithOtherRulesAreRefused(string fixture, string name)
    {
        using var folder = Fixtures.Open(fixture).Write("tokenizer_config.json", $$"""{"tokenizer_class": "{{name}}"}""");
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Open(folder.Root));
        Assert.Equal("tokenizer-unsupported", error.Code);
    }

    // One to three of: a bit turned over, a byte replaced, a stretch removed or doubled, the end cut off.
    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        for (int count = random.Next(1, 4); count > 0 && bytes.Count > 0; count--)
        {
            int at = random.Next(bytes.Count);
            int length = random.Next(1, Math.Min(16, bytes.Count - at + 1));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }

        return [.. bytes];
    }
}
