using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Folders as they are published open by themselves.</summary>
public class SharedFolderTests
{
    private const string Text = "Once upon a time, there was a little girl named Lily. She found 12 stones.";

    [SharedTheory("tokenizers")]
    [InlineData("models/stories260K", 512, 1)]
    [InlineData("models/llama-3m", 4096, 1)]
    [InlineData("models/opt-3m", 4096, 1)]
    [InlineData("tokenizers/llama", 32000, 1)]
    [InlineData("tokenizers/gpt2", 50257, null)]
    [InlineData("tokenizers/gpt-neox-pythia", 50277, null)]
    public void LosslessTokenizersGiveTheTextBack(string folder, int size, int? begin)
    {
        var tokenizer = Tokenizer.Open(SharedFiles.Path(folder.Split('/')));
        Assert.Equal(size, tokenizer.VocabularySize);
        foreach (string text in new[] { Text, "naïve café 日本 😀\n\ttab", "two  spaces " })
        {
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids, skipSpecialTokens: true));
            Assert.Equal(begin ?? ids[0], ids[0]);
        }
    }

    [SharedTheory("tokenizers")]
    [InlineData("tokenizers/t5", 32100, Text)]
    [InlineData("tokenizers/bert-base-uncased", 30522, "once upon a time , there was a little girl named lily . she found 12 stones .")]
    [InlineData("models/bert-tiny-sst2-refit", 30522, "once upon a time , there was a little girl named lily . she found 12 stones .")]
    public void OthersGiveBackWhatTheyKeep(string folder, int size, string expected)
    {
        var tokenizer = Tokenizer.Open(SharedFiles.Path(folder.Split('/')));
        Assert.Equal(size, tokenizer.VocabularySize);
        Assert.Equal(expected, tokenizer.Decode(tokenizer.Encode(Text), skipSpecialTokens: true));
    }

    [SharedFact("tokenizers/t5")]
    public void T5SentinelsHaveTheirPublishedIds()
    {
        var tokenizer = Tokenizer.Open(SharedFiles.Path("tokenizers", "t5"));
        Assert.Equal([32099, 1], tokenizer.Encode("<extra_id_0>"));
        Assert.Equal((0, 1), (tokenizer.PadId, tokenizer.EndId));
    }

    // Published lengths of the WikiText-2 test text, its lines joined as the perplexity protocols of LLaMA and GPT-2 do.
    [SharedTheory("data/wikitext-2-raw/wiki.test.raw")]
    [InlineData("llama", 341_469)]
    [InlineData("gpt2", 287_644)]
    public void WikiTextHasItsPublishedNumberOfTokens(string name, int expected)
    {
        string text = File.ReadAllText(SharedFiles.Path("data", "wikitext-2-raw", "wiki.test.raw"));
        var lines = text.Split('\n')[..^1].Select(line => line.Trim().Length == 0 ? "" : line + "\n");
        Assert.Equal(expected, Tokenizer.Open(SharedFiles.Path("tokenizers", name)).Encode(string.Join("\n\n", lines)).Length);
    }
}
