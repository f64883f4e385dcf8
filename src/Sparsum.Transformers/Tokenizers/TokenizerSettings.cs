using System.Text.Json;

namespace Sparsum.Transformers.Tokenizers;

/// <summary>
/// What <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>added_tokens.json</c> say together. All three may be absent.
/// </summary>
internal sealed class TokenizerSettings
{
    private static readonly string[] _roles =
        ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly List<AddedToken> _added = [];

    /// <summary>Reads the three files of a folder.</summary>
    /// <exception cref="TokenizerException">One of them is malformed.</exception>
    public TokenizerSettings(TokenizerFolder folder)
    {
        var map = folder.ReadJson("special_tokens_map.json");
        var config = folder.ReadJson("tokenizer_config.json");
        Merge(config);
        bool described = _values.TryGetValue("added_tokens_decoder", out var decoder) && decoder.ValueKind == JsonValueKind.Object;
        foreach (var (name, value) in Properties(map))
        {
            // Files from before added_tokens_decoder keep the truth about special tokens in the map.
            if (!described || !_values.ContainsKey(name))
            {
                _values[name] = value;
            }
        }

        foreach (var (name, value) in described ? Properties(decoder) : [])
        {
            _added.Add(ReadToken(folder.Id(name, "tokenizer_config.json"), value, folder));
        }

        foreach (var (content, value) in Properties(folder.ReadJson("added_tokens.json")))
        {
            int id = folder.Id(value.ToString(), "added_tokens.json");
            if (!_added.Exists(token => token.Content == content))
            {
                _added.Add(new AddedToken(id, content) { Normalized = true });
            }
        }
    }

    /// <summary>The class the files were written for, e.g. <c>LlamaTokenizer</c>, without the ending <c>Fast</c>.</summary>
    public string? ClassName => Text("tokenizer_class") is { } name && name.EndsWith("Fast", StringComparison.Ordinal)
        ? name[..^4]
        : Text("tokenizer_class");

    /// <summary>Tokens the files declare, with their ids.</summary>
    public IReadOnlyList<AddedToken> Added => _added;

    /// <summary>Contents of the tokens in <c>additional_special_tokens</c>; null if the files have no such list.</summary>
    public IReadOnlyList<string>? AdditionalSpecial =>
        (_values.TryGetValue("additional_special_tokens", out var list) || _values.TryGetValue("extra_special_tokens", out list))
        && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(Content).OfType<string>()]
            : null;

    /// <summary>Takes the tokens that <c>tokenizer.json</c> declares, which counts more than the files beside it; the others stay.</summary>
    public void Declare(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] declared = [.. tokens.DistinctBy(token => token.Content)];
        var known = declared.Select(token => token.Content).ToHashSet(StringComparer.Ordinal);
        _added.RemoveAll(token => known.Contains(token.Content));
        _added.InsertRange(0, declared);
    }

    /// <summary>A switch; <paramref name="missing"/> where it is absent or null.</summary>
    public bool Flag(string name, bool missing) => FlagOrNull(name) ?? missing;

    /// <summary>A switch; null where it is absent or null.</summary>
    public bool? FlagOrNull(string name) => _values.GetValueOrDefault(name).ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Content of the token with a role; <paramref name="missing"/> where the files do not name it, null where they rule it out.</summary>
    public string? Role(string name, string? missing = null) =>
        _values.TryGetValue(name, out var value) ? Content(value) : missing;

    /// <summary>A text, or null.</summary>
    public string? Text(string name) =>
        _values.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A whole number, or <paramref name="missing"/>.</summary>
    public int Number(string name, int missing) =>
        _values.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : missing;

    /// <summary>The texts of a list, or none.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        _values.TryGetValue(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(Content).OfType<string>()]
            : [];

    /// <summary>The description that came with the token of a role or one of the additional special tokens, if it is an object.</summary>
    public AddedToken? Describe(string content, int id)
    {
        foreach (string role in _roles)
        {
            if (_values.TryGetValue(role, out var value) && value.ValueKind == JsonValueKind.Object && Content(value) == content)
            {
                return ReadFlags(id, content, value);
            }
        }

        return null;
    }

    private static AddedToken ReadToken(int id, JsonElement value, TokenizerFolder folder) =>
        Content(value) is { } content
            ? ReadFlags(id, content, value)
            : throw TokenizerException.Malformed(folder.PathOf("tokenizer_config.json"), "An added token has no content.");

    private static AddedToken ReadFlags(int id, string content, JsonElement value) => new(id, content)
    {
        LeftStrip = IsTrue(value, "lstrip"),
        RightStrip = IsTrue(value, "rstrip"),
        SingleWord = IsTrue(value, "single_word"),
        Normalized = IsTrue(value, "normalized"),
        IsSpecial = IsTrue(value, "special"),
    };

    private static bool IsTrue(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var flag) && flag.ValueKind == JsonValueKind.True;

    private static string? Content(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object when value.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.String
            => content.GetString(),
        _ => null,
    };

    private static IEnumerable<(string Name, JsonElement Value)> Properties(JsonElement? element) =>
        element is { ValueKind: JsonValueKind.Object } found
            ? found.EnumerateObject().Select(property => (property.Name, property.Value))
            : [];

    private void Merge(JsonElement? element)
    {
        foreach (var (name, value) in Properties(element))
        {
            _values[name] = value;
        }
    }
}
