using System.Text.Json.Nodes;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>
/// The files of a byte-level tokenizer: <c>tokenizer.json</c>, which puts its tokens around every text, and beside it <c>vocab.json</c> and
/// <c>merges.txt</c> for readers of the older layout.
/// </summary>
internal sealed class BytePairFiles(BytePairLayout layout, IReadOnlyList<string> tokens, IReadOnlyList<TokenMerge> merges)
{
    /// <summary>Names and contents.</summary>
    public Dictionary<string, string> Create()
    {
        string[] lines = [.. merges.Select(merge => $"{merge.Left} {merge.Right}")];
        return new Dictionary<string, string>
        {
            ["vocab.json"] = TokenizerFileText.Format(Ids(), isIndented: false),
            ["merges.txt"] = string.Concat(lines.Prepend("#version: 0.2").Select(line => line + "\n")),
            ["tokenizer.json"] = TokenizerFileText.Format(Description(lines), isIndented: false),
            ["tokenizer_config.json"] = TokenizerFileText.Format(Settings()),
            ["special_tokens_map.json"] = TokenizerFileText.Format(Roles()),
        };
    }

    private JsonObject Ids()
    {
        var ids = new JsonObject();
        foreach (var (id, token) in tokens.Index())
        {
            ids[token] = id;
        }

        return ids;
    }

    private JsonObject Roles()
    {
        var roles = new JsonObject();
        foreach (var (role, token) in layout.Roles)
        {
            roles[role] = token;
        }

        return roles;
    }

    // The general class reads tokenizer.json as it is; GPT-2's own refuses to put a token in front of texts.
    private JsonObject Settings()
    {
        var settings = Roles();
        settings["tokenizer_class"] = "PreTrainedTokenizerFast";
        settings["add_bos_token"] = layout.Begin is not null;
        settings["add_prefix_space"] = false;
        settings["clean_up_tokenization_spaces"] = false;
        return settings;
    }

    private JsonObject Description(string[] lines) => new()
    {
        ["version"] = "1.0",
        ["truncation"] = null,
        ["padding"] = null,
        ["added_tokens"] = new JsonArray(
            [.. layout.First.Concat(layout.Last).Select(token => Special(IdOf(token), token)).OrderBy(token => token["id"]!.GetValue<int>())]),
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
            ["vocab"] = Ids(),
            ["merges"] = new JsonArray([.. lines.Select(merge => (JsonNode?)JsonValue.Create(merge))]),
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

    private JsonObject Template()
    {
        var around = new JsonObject();
        foreach (string token in new[] { layout.Begin, layout.End }.OfType<string>())
        {
            around[token] = new JsonObject { ["id"] = token, ["ids"] = new JsonArray(IdOf(token)), ["tokens"] = new JsonArray(token) };
        }

        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Sequence("A", 0)]),
            ["pair"] = new JsonArray([.. Sequence("A", 0), .. Sequence("B", 1)]),
            ["special_tokens"] = around,
        };
    }

    private IEnumerable<JsonObject> Sequence(string name, int type) =>
    [
        .. Around(layout.Begin, type), new JsonObject { ["Sequence"] = new JsonObject { ["id"] = name, ["type_id"] = type } }, .. Around(layout.End, type),
    ];

    private static JsonObject[] Around(string? token, int type) => token is null
        ? []
        : [new JsonObject { ["SpecialToken"] = new JsonObject { ["id"] = token, ["type_id"] = type } }];

    private int IdOf(string token) => tokens.Index().First(item => item.Item == token).Index;
}
