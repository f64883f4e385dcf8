using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Testing;
using Sparsum.Transformers.Tests.Tokenizers.Training;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Sparsum.Transformers.Tokenizers.Training;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>
/// Ids and texts are those of the tokenizers library (its Rust code, in tests only), over files made here and every published
/// <c>tokenizer.json</c> at hand, on seeded random texts.
/// </summary>
public class NativeOracleTests
{
    private const int Texts = 2_000;

    // Dense in what the rules tell apart: case, accents in both forms, digits of several kinds, punctuation, ideographs, Hangul, emoji with
    // joiners, compatibility characters, white space, controls, and the added tokens below. All older than the oldest table of the library.
    private static readonly string[] _atoms =
    [
        "a", "b", "c", "lo", "low", "er", "Low", "UN", "aff", "able", "hello", "Hello", "the", "s", "t", "'s", "'ll", "'T", "n't", " ", " ", " ", "  ", "\t", "\n",
        "\r\n", "\u00a0", "\u3000", "1", "23", "456", "½", "²", "٣", "Ⅷ", ".", ",", "!", "?", "-", "_", "(", "…", "“", "é", "e\u0301", "ß", "Å", "Ж", "ж", "日",
        "本", "語", "한", "글", "ﬁ", "Ａ", "①", "☺", "😀", "👍🏽", "𝒜", "\u0000", "\u0007", "\u200b", "\u200d", "\u0301", "\ufffd", "▁", "Ġ", "##", "<x>", "<l>",
        "<r>", "one", "One", "<n>", "é<x>", "<0x41>", "&lt;", "$", "+", "=", "`", "^", "ǆ", "İ", "Σ", "ς",
    ];

    public static TheoryData<string> Made => [.. Files().Keys];

    [NativeTokenizerTheory]
    [MemberData(nameof(Made))]
    public void FilesMadeHereGiveTheLibrarysIds(string name) => Compare(Renumber(Files()[name]), name.Length);

    [NativeTokenizerTheory]
    [InlineData("gpt2")]
    [InlineData("bert")]
    public void AddedTokensAreNumberedByTheLibrary(string name)
    {
        // Ids from 300 on leave a gap behind the vocabulary.
        var json = Files()[name];
        json["post_processor"] = null;
        Compare(json.ToJsonString(), 9);
    }

    [NativeTokenizerTheory]
    [InlineData("added-token-lstrip-priority")]
    [InlineData("added-token-priority")]
    [InlineData("tokenizer-json-no-post-processor")]
    [InlineData("tokenizer-json-normalized-token")]
    [InlineData("tokenizer-json-own-template")]
    [InlineData("vocab-txt-before-tokenizer-json")]
    [InlineData("vocab-txt-loses-added-tokens")]
    [InlineData("roberta-prefix-space-flag")]
    [InlineData("gpt-neox-pythia")]
    public void PublishedFilesGiveTheLibrarysIds(string name)
    {
        string folder = name == "gpt-neox-pythia" ? "tokenizers" : "cases";
        if (SharedFiles.WhyMissing($"{folder}/{name}") is null)
        {
            // The library wants switches written out that mean nothing to a decoder.
            string json = File.ReadAllText(SharedFiles.Path(folder, name, "tokenizer.json"));
            Compare(
                json.Replace(
                    "\"decoder\": {\"type\": \"ByteLevel\"}",
                    "\"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true}",
                    StringComparison.Ordinal),
                5);
        }
    }

    [NativeTokenizerTheory]
    [InlineData("bpe")]
    [InlineData("seq2seq-bpe")]
    public void LearnedFilesGiveTheLibrarysIds(string trainer)
    {
        var trained = TokenizerTrainers.All.First(known => known.Name == trainer)
            .Train(TrainingCorpus.Create(4, 200), new TokenizerTrainingOptions { VocabularySize = 500 });
        Compare(trained.Files["tokenizer.json"], 3);
    }

    // The files of a dozen kinds: each normaliser, pre-tokenizer, model, post-processor and decoder that is read occurs in one.
    private static Dictionary<string, JsonObject> Files()
    {
        string bytes = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true}""";
        string bytesOnly = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
        string space = """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""";
        return new()
        {
            ["gpt2"] = Json(BytePair(), null, bytes, bytes, Template("<x>", "<x>")),
            ["roberta"] = Json(BytePair(), null, """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}""", bytes, """{"type":"RobertaProcessing","sep":["<x>",300],"cls":["<l>",301],"trim_offsets":true,"add_prefix_space":true}"""),
            ["nfc"] = Json(BytePair(), """{"type":"NFC"}""", bytes, bytes),
            ["nfkc-lower"] = Json(BytePair(), """{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"Lowercase"}]}""", bytes, bytes),
            ["nfkd-strip"] = Json(BytePair(), """{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"StripAccents"},{"type":"Strip","strip_left":true,"strip_right":false}]}""", bytes, bytes),
            ["nfd-replace"] = Json(BytePair(), """{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Replace","pattern":{"Regex":"[0-9]+"},"content":"#"},{"type":"Replace","pattern":{"String":"lo"},"content":"LO"}]}""", bytes, bytes),
            ["llama3"] = Json(BytePair(ignoresMerges: true), null, Sequence(Split(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", "Isolated"), bytesOnly), bytes),
            ["deepseek"] = Json(BytePair(), null, Sequence(Split(@"[\r\n]", "Isolated"), Split(@"\s?\p{L}+", "Isolated"), Split(@"\s?\p{P}+", "Isolated"), """{"type":"Digits","individual_digits":true}""", bytesOnly), bytes),
            ["o200k"] = Json(BytePair(), null, Sequence(Split(@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+", "Removed", true), bytesOnly), bytes),
            ["digits"] = Json(BytePair(), null, Sequence("""{"type":"Digits","individual_digits":false}""", """{"type":"Punctuation","behavior":"Contiguous"}""", bytesOnly), bytes),
            ["bloom"] = Json(BytePair(), null, Sequence(Split(@" ?[^(\s|[.,!?…。，、।۔،])]+", "Isolated"), bytesOnly), bytes),
            ["words"] = Json(BytePair(), null, Sequence(Split(@"\w+|[^\w\s]+", "Isolated"), bytesOnly), bytes),
            ["split-next"] = Json(BytePair(), null, Sequence(Split(@"\d", "MergedWithNext"), """{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""", bytesOnly), bytes),
            ["split-runs"] = Json(BytePair(), null, Sequence(Split(@"[aeiou]", "Contiguous"), """{"type":"CharDelimiterSplit","delimiter":"-"}""", bytesOnly), bytes),
            ["llama2"] = Json(Pieces(byteFallback: true, fuses: true), """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""", null, """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""),
            ["gemma"] = Json(Pieces(byteFallback: true, fuses: true), """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""", """{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false}""", """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]}"""),
            ["metaspace-always"] = Json(Pieces(byteFallback: false, fuses: true), null, space, space),
            ["metaspace-first"] = Json(Pieces(byteFallback: false, fuses: false), null, space.Replace("always", "first"), space.Replace("always", "first")),
            ["metaspace-never"] = Json(Pieces(byteFallback: false, fuses: true), null, space.Replace("always", "never").Replace("\"split\":true", "\"split\":false"), space.Replace("always", "never")),
            ["metaspace-old"] = Json(Pieces(byteFallback: false, fuses: true), null, """{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""", """{"type":"Metaspace","replacement":"▁","add_prefix_space":true}"""),
            ["clip"] = Json(Words(), """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}""", """{"type":"Whitespace"}""", """{"type":"BPEDecoder","suffix":"</w>"}"""),
            ["bert"] = Json(WordPiece(), """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", """{"type":"BertPreTokenizer"}""", """{"type":"WordPiece","prefix":"##","cleanup":true}""", """{"type":"BertProcessing","sep":["<x>",300],"cls":["<l>",301]}"""),
            ["bert-cased"] = Json(WordPiece(), """{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":true,"lowercase":false}""", """{"type":"BertPreTokenizer"}""", """{"type":"WordPiece","prefix":"##","cleanup":false}"""),
            ["word-level"] = Json("""{"type":"WordLevel","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"low":2,"hello":3,",":4,".":5}}""", null, Sequence("""{"type":"WhitespaceSplit"}""", """{"type":"Punctuation"}"""), null),
            ["unigram"] = Json(Unigram(byteFallback: false), null, space, space, Template(null, "<x>")),
            ["unigram-bytes"] = Json(Unigram(byteFallback: true), """{"type":"NFKC"}""", space, """{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}]}"""),
        };
    }

    private static JsonObject Json(string model, string? normalizer, string? preTokenizer, string? decoder, string? postProcessor = null) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray(
            Added(300, "<x>", isSpecial: true),
            Added(301, "<l>", "lstrip", isSpecial: true),
            Added(302, "<r>", "rstrip"),
            Added(303, "one", "single_word", isNormalized: true),
            Added(304, "<n>", isNormalized: true),
            Added(305, "b<", isNormalized: true),
            Added(306, "   ", isNormalized: true)),
        ["normalizer"] = Parse(normalizer),
        ["pre_tokenizer"] = Parse(preTokenizer),
        ["post_processor"] = Parse(postProcessor),
        ["decoder"] = Parse(decoder),
        ["model"] = Parse(model),
    };

    // Added tokens follow the vocabulary; 300 and 301 stand for the first two in what is written above.
    private static string Renumber(JsonObject json)
    {
        if (json["normalizer"]?.ToJsonString().Contains("\"Strip\"", StringComparison.Ordinal) == true)
        {
            // A token that is stripped to nothing makes the library fail.
            json["added_tokens"]!.AsArray().RemoveAt(6);
        }

        var vocabulary = json["model"]!["vocab"]!;
        int size = vocabulary is JsonArray list ? list.Count : vocabulary.AsObject().Count;
        int next = size;
        foreach (var token in json["added_tokens"]!.AsArray())
        {
            token!["id"] = next++;
        }

        return json.ToJsonString()
            .Replace("300]", $"{size}]", StringComparison.Ordinal)
            .Replace("301]", $"{size + 1}]", StringComparison.Ordinal);
    }

    private static JsonNode? Parse(string? json) => json is null ? null : JsonNode.Parse(json);

    private static JsonObject Added(int id, string content, string? flag = null, bool isSpecial = false, bool isNormalized = false) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = flag == "single_word",
        ["lstrip"] = flag == "lstrip",
        ["rstrip"] = flag == "rstrip",
        ["normalized"] = isNormalized,
        ["special"] = isSpecial,
    };

    private static string Sequence(params string[] steps) => $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', steps)}}]}""";

    private static string Split(string pattern, string behavior, bool invert = false) =>
        $$$"""{"type":"Split","pattern":{"Regex":{{{JsonSerializer.Serialize(pattern)}}}},"behavior":"{{{behavior}}}","invert":{{{(invert ? "true" : "false")}}}}""";

    private static string Template(string? before, string after) => new JsonObject
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray([.. before is null ? Array.Empty<JsonNode>() : [Special(before, 0)], Sequence("A", 0), Special(after, 0)]),
        ["pair"] = new JsonArray(Sequence("A", 0), Special(after, 0), Sequence("B", 1), Special(after, 1)),
        ["special_tokens"] = new JsonObject { ["<x>"] = new JsonObject { ["id"] = "<x>", ["ids"] = new JsonArray(300), ["tokens"] = new JsonArray("<x>") } },
    }.ToJsonString();

    private static JsonObject Special(string name, int type) => new() { ["SpecialToken"] = new JsonObject { ["id"] = name, ["type_id"] = type } };

    private static JsonObject Sequence(string name, int type) => new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };

    private static string BytePair(bool ignoresMerges = false)
    {
        var vocabulary = Enumerable.Range(0, 256).ToDictionary(value => ByteAlphabet.CharacterOf((byte)value).ToString());
        string[] merges = ["l o", "lo w", "e r", "Ġ low", "h e", "l l", "ll o", "he llo", "Ġ a", "1 2", "Ã ©", "t h"];
        foreach (string merge in merges)
        {
            vocabulary.TryAdd(merge.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        }

        vocabulary.TryAdd("Ġable", vocabulary.Count);
        return Model("BPE", vocabulary, new JsonObject { ["merges"] = List(merges), ["ignore_merges"] = ignoresMerges });
    }

    private static string Pieces(bool byteFallback, bool fuses)
    {
        var vocabulary = new Dictionary<string, int> { ["<unk>"] = 0 };
        for (int value = 0; byteFallback && value < 256; value++)
        {
            vocabulary.Add($"<0x{value:X2}>", vocabulary.Count);
        }

        foreach (string piece in new[] { "▁", "a", "b", "l", "o", "w", "e", "r", "h", "é", "日" })
        {
            vocabulary.Add(piece, vocabulary.Count);
        }

        string[] merges = ["l o", "lo w", "▁ low", "e r", "▁ a", "▁ ▁"];
        foreach (string merge in merges)
        {
            vocabulary.Add(merge.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        }

        return Model("BPE", vocabulary, new JsonObject { ["merges"] = List(merges), ["unk_token"] = "<unk>", ["fuse_unk"] = fuses, ["byte_fallback"] = byteFallback });
    }

    private static string Words()
    {
        string[] letters = ["a", "b", "l", "o", "w", "e", "r", "h", "s", "t", ",", "."];
        var vocabulary = new Dictionary<string, int> { ["<unk>"] = 0 };
        foreach (string piece in letters.Concat(letters.Select(letter => letter + "</w>")))
        {
            vocabulary.Add(piece, vocabulary.Count);
        }

        string[] merges = ["l o", "lo w</w>", "e r</w>", "h e", "t h", "th e</w>"];
        foreach (string merge in merges)
        {
            vocabulary.Add(merge.Replace(" ", "", StringComparison.Ordinal), vocabulary.Count);
        }

        return Model("BPE", vocabulary, new JsonObject { ["merges"] = List(merges), ["unk_token"] = "<unk>", ["end_of_word_suffix"] = "</w>" });
    }

    private static string WordPiece()
    {
        string[] pieces = ["[UNK]", "un", "##aff", "##able", "low", "##er", "hello", "a", "b", ",", ".", "'", "e", "é", "日", "##b", "the", "##s", "1", "##2", "##3", "Low", "##lo"];
        return Model(
            "WordPiece",
            pieces.Index().ToDictionary(entry => entry.Item, entry => entry.Index),
            new JsonObject { ["unk_token"] = "[UNK]", ["continuing_subword_prefix"] = "##", ["max_input_chars_per_word"] = 12 });
    }

    private static string Unigram(bool byteFallback)
    {
        var vocabulary = new JsonArray();
        foreach (var (piece, score) in new[] { ("<unk>", 0.0), ("▁", -2.1), ("a", -4.3), ("b", -4.1), ("lo", -3.7), ("low", -5.2), ("▁low", -6.05), ("er", -3.3), ("w", -5.5), ("l", -5.9), ("o", -5.8), ("e", -4.9), ("r", -5.05), ("▁a", -4.45), ("hello", -7.7), ("h", -6.1), ("é", -8.3), ("日本", -9.1) })
        {
            vocabulary.Add(new JsonArray(piece, score));
        }

        for (int value = 0; byteFallback && value < 256; value++)
        {
            vocabulary.Add(new JsonArray($"<0x{value:X2}>", -12.0));
        }

        return new JsonObject { ["type"] = "Unigram", ["unk_id"] = 0, ["byte_fallback"] = byteFallback, ["vocab"] = vocabulary }.ToJsonString();
    }

    private static string Model(string type, Dictionary<string, int> vocabulary, JsonObject settings)
    {
        settings["type"] = type;
        settings["vocab"] = JsonSerializer.SerializeToNode(vocabulary);
        return settings.ToJsonString();
    }

    private static JsonArray List(string[] texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    internal static void Compare(string json, int seed)
    {
        using var folder = new TemporaryFolder().Write("tokenizer.json", json);
        var ours = Tokenizer.Open(folder.Root);
        using var library = new global::Tokenizers.DotNet.Tokenizer(Path.Combine(folder.Root, "tokenizer.json"));
        var random = new Random(seed);
        var failures = new List<string>();
        for (int i = 0; i < Texts; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => _atoms[random.Next(_atoms.Length)]));
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                // The library takes texts that end with a zero.
                text = text.Replace("\0", "", StringComparison.Ordinal);
            }

            int[] expected = [.. library.Encode(text).Select(id => (int)id)];
            int[] found = ours.Encode(text);
            string shown = JsonSerializer.Serialize(text);
            if (!expected.SequenceEqual(found))
            {
                failures.Add($"{shown}: {string.Join(' ', expected)} / {string.Join(' ', found)}");
                continue;
            }

            string decoded = library.Decode([.. expected.Select(id => (uint)id)]);
            if (decoded != ours.Decode(expected, skipSpecialTokens: true))
            {
                failures.Add($"{shown}: {JsonSerializer.Serialize(decoded)} / {JsonSerializer.Serialize(ours.Decode(expected, skipSpecialTokens: true))}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} failures\n{string.Join('\n', failures.Take(12))}");
    }
}
