using System.Text.Json;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers.ByteLevel;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Small vocabularies of every format.</summary>
internal static class Fixtures
{
    private static readonly (string Text, float Score, int Kind)[] _structure =
        [("<unk>", 0, SentencePieceFile.Unknown), ("<s>", 0, SentencePieceFile.Control), ("</s>", 0, SentencePieceFile.Control)];

    /// <summary>Names of the fixtures.</summary>
    public static IEnumerable<string> Names => ["bpe", "unigram", "byte-level", "json", "wordpiece"];

    /// <summary>A folder with the files of a fixture.</summary>
    public static TemporaryFolder Open(string name) => name switch
    {
        "bpe" => new TemporaryFolder().Write("tokenizer.model", LlamaModel()),
        "unigram" => new TemporaryFolder().Write("spiece.model", UnigramModel()),
        "byte-level" => new TemporaryFolder().Write("vocab.json", JsonSerializer.Serialize(ByteVocabulary())).Write("merges.txt", Merges),
        "json" => new TemporaryFolder().Write("tokenizer.json", TokenizerJson()),
        "wordpiece" => new TemporaryFolder().Write("vocab.txt", WordPieces),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>Ids: 0-2 structure, 3-258 bytes, 259 ▁, 260 a, 261 b, 262 ab, 263 ▁ab, 264 aa.</summary>
    public static byte[] LlamaModel() => SentencePieceFile.Write(
        [
            .. _structure,
            .. SentencePieceFile.Bytes(),
            ("▁", -9, SentencePieceFile.Normal),
            ("a", -8, SentencePieceFile.Normal),
            ("b", -7, SentencePieceFile.Normal),
            ("ab", -1, SentencePieceFile.Normal),
            ("▁ab", -2, SentencePieceFile.Normal),
            ("aa", -3, SentencePieceFile.Normal),
        ],
        byteFallback: true);

    /// <summary>Ids: 0 pad, 1 end, 2 unknown, 3 ▁, 4 a, 5 b, 6 ab, 7 abc, 8 c, 9 cd, 10 d; sentinels follow.</summary>
    public static byte[] UnigramModel() => SentencePieceFile.Write(
        [
            ("<pad>", 0, SentencePieceFile.Control),
            ("</s>", 0, SentencePieceFile.Control),
            ("<unk>", 0, SentencePieceFile.Unknown),
            ("▁", -2, SentencePieceFile.Normal),
            ("a", -4, SentencePieceFile.Normal),
            ("b", -4, SentencePieceFile.Normal),
            ("ab", -3, SentencePieceFile.Normal),
            ("abc", -4.5f, SentencePieceFile.Normal),
            ("c", -5, SentencePieceFile.Normal),
            ("cd", -3, SentencePieceFile.Normal),
            ("d", -6, SentencePieceFile.Normal),
        ],
        isUnigram: true,
        removeExtraSpaces: true);

    public const string Merges = "#version: 0.2\nl o\nlo w\ne r\nĠ low\n";

    /// <summary>Ids: 0-255 bytes, 256 lo, 257 low, 258 er, 259 Ġlow, 260 end of text.</summary>
    public static Dictionary<string, int> ByteVocabulary()
    {
        var vocabulary = Enumerable.Range(0, 256).ToDictionary(value => ByteAlphabet.CharacterOf((byte)value).ToString());
        foreach (string token in new[] { "lo", "low", "er", "Ġlow", "<|endoftext|>" })
        {
            vocabulary.Add(token, vocabulary.Count);
        }

        return vocabulary;
    }

    public const string WordPieces = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\n,\nrunning\n好\n";

    public static string TokenizerJson() => $$$"""
        {
          "added_tokens": [{"id": 260, "content": "<|endoftext|>", "special": true, "normalized": false}],
          "normalizer": {"type": "NFC"},
          "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [
              {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "<|endoftext|>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [260], "tokens": ["<|endoftext|>"]}}
          },
          "decoder": {"type": "ByteLevel"},
          "model": {
            "type": "BPE",
            "vocab": {{{JsonSerializer.Serialize(ByteVocabulary())}}},
            "merges": ["l o", ["lo", "w"], "e r", "Ġ low"]
          }
        }
        """;
}
