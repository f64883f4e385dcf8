using System.Text.Json.Nodes;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>
/// The files of a byte-level tokenizer: <c>tokenizer.json</c>, which puts <c>&lt;|endoftext|&gt;</c> in front of every text, and beside it
/// <c>vocab.json</c> and <c>merges.txt</c> for readers of the older layout.
/// </summary>
internal static class BytePairFiles
{
    /// <summary>Begins and ends every text.</summary>
    public const string EndToken = "<|endoftext|>";

    /// <summary>Fills batches.</summary>
    public const string PadToken = "<pad>";

    /// <summary>Names and contents.</summary>
    public static Dictionary<string, string> Create(IReadOnlyList<string> tokens, IReadOnlyList<TokenMerge> merges)
    {
        string[] lines = [.. merges.Select(merge => $"{merge.Left} {merge.Right}")];
        return new Dictionary<string, string>
        {
            ["vocab.json"] = TokenizerFileText.Format(Ids(tokens), isIndented: false),
            ["merges.txt"] = string.Concat(lines.Prepend("#version: 0.2").Select(line => line + "\n")),
            ["tokenizer.json"] = TokenizerFileText.Format(Description(tokens, lines), isIndented: false),
            ["tokenizer_config.json"] = TokenizerFileText.Format(Settings()),
            ["special_tokens_map.json"] = TokenizerFileText.Format(Roles()),
        };
    }

    private static JsonObject Ids(IReadOnlyList<string> tokens)
    {
        var ids = new JsonObject();
        foreach (var (id, token) in tokens.Index())
        {
            ids[token] = id;
        }

        return ids;
    }

    private static JsonObject Roles() => new()
    {
        ["bos_token"] = EndToken,
        ["eos_token"] = EndToken,
        ["unk_token"] = EndToken,
        ["pad_token"] = PadToken,
    };

    // The general class reads tokenizer.json as it is; GPT-2's own refuses to put a token in front of texts.
    private static JsonObject Settings()
    {
        var settings = Roles();
        settings["tokenizer_class"] = "PreTrainedTokenizerFast";
        settings["add_bos_token"] = true;
        settings["add_prefix_space"] = false;
        settings["clean_up_tokenization_spaces"] = false;
        return settings;
    }

    private static JsonObject Description(IReadOnlyList<string> tokens, string[] merges) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray(Special(0, EndToken), Special(1, PadToken)),
        ["normalizer"] = null,
        ["pre_tokenizer"] = ByteLevel(),
        ["post_processor"] = Template(),
        ["decoder"] = ByteLevel(),
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = false,
            ["byte_fallback"] = false,
            ["ignore_merges"] = false,
            ["vocab"] = Ids(tokens),
            ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode?)JsonValue.Create(merge))]),
        },
    };

    private static JsonObject Special(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    private static JsonObject ByteLevel() => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = true,
    };

    private static JsonObject Template() => new()
    {
        ["type"] = "TemplateProcessing",
        ["single"] = new JsonArray(Begin(0), Sequence("A", 0)),
        ["pair"] = new JsonArray(Begin(0), Sequence("A", 0), Begin(1), Sequence("B", 1)),
        ["special_tokens"] = new JsonObject
        {
            [EndToken] = new JsonObject { ["id"] = EndToken, ["ids"] = new JsonArray(0), ["tokens"] = new JsonArray(EndToken) },
        },
    };

    private static JsonObject Begin(int type) => new() { ["SpecialToken"] = new JsonObject { ["id"] = EndToken, ["type_id"] = type } };

    private static JsonObject Sequence(string name, int type) =>
        new() { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } };
}
