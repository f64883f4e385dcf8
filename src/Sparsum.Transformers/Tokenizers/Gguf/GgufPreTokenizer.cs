using System.Text.Json.Nodes;

namespace Sparsum.Transformers.Tokenizers.Gguf;

/// <summary>
/// Rules that cut text into words, by the name that GGUF files have for them (<c>tokenizer.ggml.pre</c>).
/// </summary>
/// <param name="Names">The names; the first is written.</param>
internal sealed record GgufPreTokenizer(params IReadOnlyList<string> Names)
{
    /// <summary>GPT-2.</summary>
    public const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Numbers one by one.</summary>
    public const string EachNumber = @"\p{N}";

    /// <summary>Numbers apart from other text.</summary>
    public const string Numbers = @"\p{N}+";

    private const string ThreeDigits = "[0-9][0-9][0-9]";
    private const string Punctuation = @"[\p{P}\$\+<=>\^~\|]+";
    private const string FalconPunctuation = @"[\p{P}\$\+<=>\^~\|`]+";

    /// <summary>Expressions whose matches, and what lies between them, are words of their own; each cuts the words of the one before.</summary>
    public required IReadOnlyList<string> Expressions { get; init; }

    /// <summary>A word that is a token is taken as it is.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>Texts are brought to Unicode form C first.</summary>
    public bool Composes { get; init; }

    /// <summary>Texts begin with the begin token where the file does not say.</summary>
    public bool AddsBegin { get; init; }

    /// <summary>All rules.</summary>
    public static IReadOnlyList<GgufPreTokenizer> All { get; } =
    [
        new("gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de")
        {
            Expressions = [Gpt2],
        },
        new("smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b")
        {
            Expressions = [EachNumber, Gpt2],
        },
        new("llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral")
        {
            Expressions = [Gpt4(3)],
            IgnoresMerges = true,
            AddsBegin = true,
        },
        new("dbrx", "smaug-bpe") { Expressions = [Gpt4(3)] },
        new("qwen2", "deepseek-r1-qwen") { Expressions = [Gpt4(1)], Composes = true },
        new("stablelm2") { Expressions = [Gpt4(1)] },
        new("falcon")
        {
            Expressions = [FalconPunctuation, Gpt2, ThreeDigits],
        },
        new("default")
        {
            Expressions =
            [
                Punctuation,
                Gpt2,
                Numbers,
                ThreeDigits,
            ],
        },
    ];

    /// <summary>LLaMA 3 and its relatives, with numbers of at most so many digits.</summary>
    public static string Gpt4(int digits) =>
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + (digits == 1 ? "" : FormattableString.Invariant($"{{1,{digits}}}"))
        + @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The rules of a name.</summary>
    /// <exception cref="TokenizerException">The name is missing or not known: cutting by other rules would go unnoticed.</exception>
    public static GgufPreTokenizer Find(string? name, string file) => All.FirstOrDefault(rules => name is not null && rules.Names.Contains(name))
        ?? throw TokenizerException.Unsupported(
            file, "pre-tokenizer", name is null ? "no tokenizer.ggml.pre" : $"tokenizer.ggml.pre: {name}", string.Join(", ", All.SelectMany(rules => rules.Names)));

    /// <summary>The rules as the member <c>pre_tokenizer</c> of a <c>tokenizer.json</c>.</summary>
    public JsonObject ToJson()
    {
        var steps = new JsonArray();
        foreach (string expression in Expressions)
        {
            steps.Add((JsonNode)new JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new JsonObject { ["Regex"] = expression },
                ["behavior"] = "Isolated",
                ["invert"] = false,
            });
        }

        steps.Add((JsonNode)new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false });
        return new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = steps };
    }
}
