using System.Text.Json;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Access to the parts of a <c>tokenizer.json</c>; every part knows how to say what is wrong with the file.</summary>
internal sealed class TokenizerJson(JsonElement root, string file)
{
    /// <summary>The file, for messages.</summary>
    public string File => file;

    /// <summary>The steps of a stage (<c>normalizer</c>, <c>pre_tokenizer</c>, <c>post_processor</c>, <c>decoder</c>) in order.</summary>
    public List<JsonElement> Steps(string stage)
    {
        var steps = new List<JsonElement>();
        Collect(Member(root, stage));
        return steps;

        void Collect(JsonElement step)
        {
            if (step.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
            {
                return;
            }

            string[] lists = ["normalizers", "pretokenizers", "processors", "decoders"];
            if (Type(step) != "Sequence")
            {
                steps.Add(step);
                return;
            }

            foreach (string list in lists)
            {
                foreach (var inner in Items(Member(step, list)))
                {
                    Collect(inner);
                }
            }
        }
    }

    /// <summary>Whether a stage is a sequence of steps rather than one.</summary>
    public bool IsSequence(string stage) => Type(Member(root, stage)) == "Sequence";

    /// <summary>The model.</summary>
    public JsonElement Model => Member(root, "model") is { ValueKind: JsonValueKind.Object } model
        ? model
        : throw TokenizerException.Malformed(file, "The file has no model.");

    /// <summary>The added tokens.</summary>
    public IEnumerable<AddedToken> AddedTokens()
    {
        foreach (var token in Items(Member(root, "added_tokens")))
        {
            if (Text(token, "content") is not { } content
                || !Member(token, "id").TryGetId(out int id))
            {
                throw TokenizerException.Malformed(file, "An added token lacks content or id.");
            }

            yield return new AddedToken(id, content)
            {
                LeftStrip = Flag(token, "lstrip"),
                RightStrip = Flag(token, "rstrip"),
                SingleWord = Flag(token, "single_word"),
                Normalized = Flag(token, "normalized"),
                IsSpecial = Flag(token, "special"),
            };
        }
    }

    /// <summary>The member <c>type</c>.</summary>
    public static string Type(JsonElement element) => Text(element, "type") ?? "";

    /// <summary>A member, or an undefined element.</summary>
    public static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    /// <summary>A text member, or null.</summary>
    public static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A switch; <paramref name="missing"/> where it is absent or null.</summary>
    public static bool Flag(JsonElement element, string name, bool missing = false) => Member(element, name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => missing,
    };

    /// <summary>The entries of a list; none if it is no list.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];

    /// <summary>The error for a step that is not supported.</summary>
    public TokenizerException Unsupported(string stage, JsonElement step, string expected) =>
        TokenizerException.Unsupported(file, stage, Shorten(step.ToString()), expected);

    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "...";
}
