using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Tests.Support;

/// <summary>
/// Writes the files of a byte-level tokenizer without merges: every byte of the UTF-8 text is one token. Nothing has to be learned or shipped.
/// </summary>
internal static class ByteTokenizerFiles
{
    public const int EndId = 256;
    public const int VocabularySize = 257;
    private const string EndToken = "<|endoftext|>";

    public static void Write(string folder)
    {
        var vocabulary = new JsonObject();
        for (int id = 0, next = 256; id < 256; id++)
        {
            // Byte-level vocabularies name a byte by its Latin-1 character where that can be seen, and by one from U+0100 on where it cannot.
            bool isVisible = id is (> 32 and < 127) or (> 160 and not 173);
            vocabulary[((char)(isVisible ? id : next++)).ToString()] = id;
        }

        vocabulary[EndToken] = EndId;
        var settings = new JsonObject
        {
            ["tokenizer_class"] = "GPT2Tokenizer",
            ["bos_token"] = EndToken,
            ["eos_token"] = EndToken,
            ["unk_token"] = EndToken,
            ["add_prefix_space"] = false,
        };
        AtomicFile.WriteAllText(Path.Combine(folder, "vocab.json"), JsonText.Format(vocabulary, indented: false));
        AtomicFile.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        AtomicFile.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonText.Format(settings));
    }
}
