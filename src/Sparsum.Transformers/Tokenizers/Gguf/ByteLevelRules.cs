using System.Text.Json;
using Sparsum.Transformers.Tokenizers.ByteLevel;
using Sparsum.Transformers.Tokenizers.Json;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Gguf;

/// <summary>What there is to say of a byte-level tokenizer, whichever files it comes from.</summary>
/// <param name="Vocabulary">Ids of the tokens.</param>
/// <param name="Merges">Pairs in order, each as two tokens and a space.</param>
/// <param name="Expressions">What cuts text into words, in order.</param>
/// <param name="IgnoresMerges">Whether a word that is a token is taken as it is.</param>
/// <param name="Composes">Whether texts are brought to Unicode form C.</param>
internal sealed record ByteLevelRules(
    IReadOnlyDictionary<string, int> Vocabulary, string[] Merges, IReadOnlyList<string> Expressions, bool IgnoresMerges, bool Composes)
{
    private const string Supported = "byte-level BPE whose text is cut by expressions, or BPE pieces with their tokenizer.model";

    /// <summary>The rules of an opened tokenizer.</summary>
    /// <exception cref="TokenizerException">It is of another kind.</exception>
    public static ByteLevelRules Read(ITokenizer tokenizer, TokenizerFolder files) => tokenizer switch
    {
        ByteLevelTokenizer { Model: { AddsPrefixSpace: false } model } => Of(model),
        JsonTokenizer { IsByteLevel: true } json => Of(json),
        _ => throw TokenizerException.Unsupported(files.Path, "kind", tokenizer.GetType().Name, Supported),
    };

    private static ByteLevelRules Of(ByteLevelModel model)
    {
        var names = model.Vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        return new ByteLevelRules(
            model.Vocabulary,
            [.. model.Merges.Ordered.Select(merge => $"{names[merge.Left]} {names[merge.Right]}")],
            [model.Splitter is Gpt4PreTokenizer ? GgufPreTokenizer.Gpt4(1) : GgufPreTokenizer.Gpt2],
            IgnoresMerges: false,
            model.Composes);
    }

    private static ByteLevelRules Of(JsonTokenizer tokenizer)
    {
        var json = tokenizer.Source;
        var normalizers = json.Steps("normalizer");
        foreach (var step in normalizers.Where(step => Type(step) != "NFC"))
        {
            throw json.Unsupported("normaliser", step, "NFC or none");
        }

        return new ByteLevelRules(
            tokenizer.Model.Vocabulary,
            [.. Items(Member(json.Model, "merges")).Select(Merge)],
            [.. json.Steps("pre_tokenizer").Select(step => Expression(step, json)).OfType<string>()],
            Flag(json.Model, "ignore_merges"),
            normalizers.Count > 0);
    }

    private static string Merge(JsonElement merge) => merge.ValueKind == JsonValueKind.String
        ? merge.GetString()!
        : string.Join(' ', Items(merge).Select(part => part.GetString()));

    // Of an expression that matches all of a text, matches isolated and all but the matches removed come to the same.
    private static string? Expression(JsonElement step, TokenizerJson json) => Type(step) switch
    {
        "ByteLevel" when !Flag(step, "add_prefix_space", true) => Flag(step, "use_regex", true) ? GgufPreTokenizer.Gpt2 : null,
        "Digits" => Flag(step, "individual_digits") ? GgufPreTokenizer.EachNumber : GgufPreTokenizer.Numbers,
        "Split" when Text(Member(step, "pattern"), "Regex") is { } expression
            && Text(step, "behavior") == (Flag(step, "invert") && expression.EndsWith(@"\s+", StringComparison.Ordinal) ? "Removed" : "Isolated") => expression,
        _ => throw json.Unsupported("pre-tokenizer", step, Supported),
    };
}
