using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Tokenizers.SentencePiece;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Transformers.Tokenizers.Gguf;

/// <summary>The tokenizer files of the Hugging Face layout that the metadata of a GGUF file stand for.</summary>
internal static class GgufTokenizerFiles
{
    private const string PieceFile = "tokenizer.model";
    private const string JsonFile = "tokenizer.json";
    private const string ConfigFile = "tokenizer_config.json";

    private static readonly (string Key, string Role)[] Roles =
    [
        ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("pad_token", "padding"), ("sep_token", "seperator"),
        ("cls_token", "cls"), ("mask_token", "mask"),
    ];

    /// <summary>The files there can be.</summary>
    public static IReadOnlyList<string> Names { get; } = [PieceFile, JsonFile, ConfigFile];

    /// <summary>Makes one of the files.</summary>
    /// <returns>Null where this file's vocabulary has no such file, or where it has no vocabulary.</returns>
    /// <exception cref="TokenizerException">The vocabulary is malformed or of a kind that is not supported.</exception>
    public static byte[]? Create(GgufMetadata metadata, string name)
    {
        if (metadata.Text("tokenizer.ggml.model") is null or "none" or "no_vocab")
        {
            return null;
        }

        var vocabulary = new GgufVocabulary(metadata);
        return name switch
        {
            PieceFile => vocabulary.IsPieces ? SentencePieceWriter.Write(Pieces(vocabulary)) : null,
            JsonFile => Encoding.UTF8.GetBytes(TokenizerFileText.Format(Tokenizer(vocabulary), isIndented: false)),
            _ => Encoding.UTF8.GetBytes(TokenizerFileText.Format(Settings(metadata, vocabulary))),
        };
    }

    private static SentencePieceModel Pieces(GgufVocabulary vocabulary)
    {
        float[] scores = vocabulary.Scores;
        Piece[] pieces =
        [
            .. vocabulary.Tokens.Select((text, id) => new Piece(
                text, scores[id], vocabulary.Kinds[id] == 0 ? PieceKind.Normal : vocabulary.Kinds[id])),
        ];
        return new SentencePieceModel
        {
            Pieces = pieces,
            IsBytePair = true,
            ByteFallback = pieces.Count(piece => piece.Kind == PieceKind.Byte) == 256,
            AddDummyPrefix = vocabulary.AddsPrefixSpace,
            RemoveExtraSpaces = vocabulary.RemovesExtraSpaces,
        };
    }

    private static JsonObject Settings(GgufMetadata metadata, GgufVocabulary vocabulary)
    {
        var json = new JsonObject
        {
            ["tokenizer_class"] = !vocabulary.IsPieces ? "PreTrainedTokenizerFast"
                : metadata.Architecture.StartsWith("gemma", StringComparison.Ordinal) ? "GemmaTokenizer"
                : "LlamaTokenizer",
            ["add_bos_token"] = vocabulary.AddsBegin,
            ["add_eos_token"] = vocabulary.AddsEnd,
            ["clean_up_tokenization_spaces"] = false,
        };
        if (vocabulary.IsPieces)
        {
            // As the format's own reader does it: every stretch of text between special tokens gets the space in front.
            json["legacy"] = true;
            json["add_prefix_space"] = vocabulary.AddsPrefixSpace;
        }

        if (metadata.Integer($"{metadata.Architecture}.context_length") is { } length)
        {
            json["model_max_length"] = length;
        }

        foreach (var (key, role) in Roles)
        {
            if (vocabulary.Role(role) is { } id)
            {
                json[key] = vocabulary.Tokens[id];
            }
        }

        if (ChatTemplate(metadata) is { } template)
        {
            json["chat_template"] = template;
        }

        var added = new JsonObject();
        foreach (var token in vocabulary.Added)
        {
            added[token.Id.ToString(CultureInfo.InvariantCulture)] = Describe(token);
        }

        json["added_tokens_decoder"] = added;
        return json;
    }

    private static JsonNode? ChatTemplate(GgufMetadata metadata)
    {
        string? main = metadata.Text("tokenizer.chat_template");
        string[] names = metadata.List<string>("tokenizer.chat_templates") ?? [];
        if (names.Length == 0)
        {
            return main;
        }

        var templates = names.Select(name => (name, text: metadata.Text($"tokenizer.chat_template.{name}")));
        return new JsonArray(
        [
            .. templates.Prepend((name: "default", text: main))
                .Where(entry => entry.text is not null)
                .Select(entry => (JsonNode)new JsonObject { ["name"] = entry.name, ["template"] = entry.text }),
        ]);
    }

    private static JsonObject Describe(AddedToken token) => new()
    {
        ["content"] = token.Content,
        ["lstrip"] = false,
        ["normalized"] = false,
        ["rstrip"] = false,
        ["single_word"] = false,
        ["special"] = token.IsSpecial,
    };

    private static JsonObject Tokenizer(GgufVocabulary vocabulary)
    {
        var added = new JsonArray();
        foreach (var token in vocabulary.Added)
        {
            var described = Describe(token);
            described["id"] = token.Id;
            added.Add((JsonNode)described);
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = added,
            ["normalizer"] = Normalizer(vocabulary),
            ["pre_tokenizer"] = vocabulary.IsPieces ? null : vocabulary.PreTokenizer.ToJson(),
            ["post_processor"] = PostProcessor(vocabulary),
            ["decoder"] = Decoder(vocabulary),
            ["model"] = Model(vocabulary),
        };
    }

    private static JsonNode? Normalizer(GgufVocabulary vocabulary)
    {
        if (!vocabulary.IsPieces)
        {
            return vocabulary.PreTokenizer.Composes ? new JsonObject { ["type"] = "NFC" } : null;
        }

        var steps = new JsonArray();
        if (vocabulary.AddsPrefixSpace)
        {
            steps.Add((JsonNode)new JsonObject { ["type"] = "Prepend", ["prepend"] = "\u2581" });
        }

        steps.Add((JsonNode)Replace(" ", "\u2581"));
        return new JsonObject { ["type"] = "Sequence", ["normalizers"] = steps };
    }

    private static JsonObject Replace(string from, string to) => new()
    {
        ["type"] = "Replace",
        ["pattern"] = new JsonObject { ["String"] = from },
        ["content"] = to,
    };

    private static JsonObject Decoder(GgufVocabulary vocabulary)
    {
        if (!vocabulary.IsPieces)
        {
            return new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = true, ["trim_offsets"] = true, ["use_regex"] = true };
        }

        var steps = new JsonArray(
            Replace("\u2581", " "), new JsonObject { ["type"] = "ByteFallback" }, new JsonObject { ["type"] = "Fuse" });
        if (vocabulary.AddsPrefixSpace)
        {
            steps.Add((JsonNode)new JsonObject { ["type"] = "Strip", ["content"] = " ", ["start"] = 1, ["stop"] = 0 });
        }

        return new JsonObject { ["type"] = "Sequence", ["decoders"] = steps };
    }

    private static JsonObject PostProcessor(GgufVocabulary vocabulary)
    {
        int? begin = vocabulary.AddsBegin ? vocabulary.Role("bos") : null;
        int? end = vocabulary.AddsEnd ? vocabulary.Role("eos") : null;
        var special = new JsonObject();
        foreach (int id in new[] { begin, end }.OfType<int>().Distinct())
        {
            string text = vocabulary.Tokens[id];
            special[text] = new JsonObject { ["id"] = text, ["ids"] = new JsonArray(id), ["tokens"] = new JsonArray(text) };
        }

        return new JsonObject
        {
            ["type"] = "TemplateProcessing",
            ["single"] = new JsonArray([.. Around("A", 0)]),
            ["pair"] = new JsonArray([.. Around("A", 0), .. Around("B", 1)]),
            ["special_tokens"] = special,
        };

        IEnumerable<JsonNode> Around(string text, int type)
        {
            foreach (var (kind, name) in new[] { ("SpecialToken", begin is { } b ? vocabulary.Tokens[b] : null), ("Sequence", text), ("SpecialToken", end is { } e ? vocabulary.Tokens[e] : null) })
            {
                if (name is not null)
                {
                    yield return new JsonObject { [kind] = new JsonObject { ["id"] = name, ["type_id"] = type } };
                }
            }
        }
    }

    private static JsonObject Model(GgufVocabulary vocabulary)
    {
        var ids = new JsonObject();
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            // Readers number added tokens by the vocabulary. Texts that it has twice cannot be told apart; the first one is found.
            if (!ids.ContainsKey(vocabulary.Tokens[id]))
            {
                ids[vocabulary.Tokens[id]] = id;
            }
        }

        return new JsonObject
        {
            ["type"] = "BPE",
            ["dropout"] = null,
            ["unk_token"] = vocabulary.IsPieces && vocabulary.Role("unknown") is { } unknown ? vocabulary.Tokens[unknown] : null,
            ["continuing_subword_prefix"] = null,
            ["end_of_word_suffix"] = null,
            ["fuse_unk"] = vocabulary.IsPieces,
            ["byte_fallback"] = vocabulary.IsPieces,
            ["ignore_merges"] = !vocabulary.IsPieces && vocabulary.PreTokenizer.IgnoresMerges,
            ["vocab"] = ids,
            ["merges"] = new JsonArray([.. (vocabulary.IsPieces ? PieceMerges.Derive(vocabulary) : vocabulary.Merges).Select(merge => (JsonNode)merge)]),
        };
    }
}
