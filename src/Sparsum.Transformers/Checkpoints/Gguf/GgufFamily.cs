using System.Text.Json.Nodes;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>What kind of value a key of the configuration has.</summary>
internal enum GgufKeyKind
{
    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A truth value.</summary>
    Flag,
}

/// <summary>A number of the configuration under its two names.</summary>
/// <param name="Config">The key of <c>config.json</c>.</param>
/// <param name="Stored">The key of the metadata, without the name of the architecture.</param>
/// <param name="Kind">What kind of value it is.</param>
/// <param name="IsRequired">Whether a file must have it.</param>
internal sealed record GgufKey(string Config, string Stored, GgufKeyKind Kind = GgufKeyKind.Integer, bool IsRequired = true)
{
    /// <summary>Further keys that are written with the same value.</summary>
    public IReadOnlyList<string> AlsoWritten { get; init; } = [];
}

/// <summary>A key of <c>config.json</c> that the architecture leaves no choice for.</summary>
/// <param name="Config">The key.</param>
/// <param name="Values">The possible values, of which the first is the one of files; null stands for an absent key.</param>
internal sealed record GgufImplied(string Config, params IReadOnlyList<object?> Values)
{
    /// <summary>The first value as JSON.</summary>
    public JsonNode? Node() => Values[0] switch
    {
        null => null,
        bool flag => JsonValue.Create(flag),
        string text => JsonValue.Create(text),
        var number => JsonValue.Create(Convert.ToDouble(number, System.Globalization.CultureInfo.InvariantCulture)),
    };

    /// <summary>Whether a configuration has one of the values.</summary>
    public bool Allows(JsonNode? value) => Values.Any(allowed => (allowed, value) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (bool flag, _) => value.GetValueKind() == (flag ? System.Text.Json.JsonValueKind.True : System.Text.Json.JsonValueKind.False),
        (string text, _) => value.GetValueKind() == System.Text.Json.JsonValueKind.String && value.GetValue<string>() == text,
        _ => false,
    });
}

/// <summary>How one family of models lies in GGUF files. <see cref="GgufFamilies"/> lists them all.</summary>
/// <param name="Architecture">The <c>general.architecture</c> of the files.</param>
/// <param name="ModelType">The <c>model_type</c> of <c>config.json</c>.</param>
internal sealed record GgufFamily(string Architecture, string ModelType)
{
    /// <summary>Names of tensors.</summary>
    public required IReadOnlyList<GgufTensorRule> Tensors { get; init; }

    /// <summary>Numbers of the configuration.</summary>
    public required IReadOnlyList<GgufKey> Keys { get; init; }

    /// <summary>What files of this family imply.</summary>
    public IReadOnlyList<GgufImplied> Implied { get; init; } = [];

    /// <summary>The key of <c>config.json</c> for the rotary base; null for families without rotary positions.</summary>
    public string? RotaryBase { get; init; } = "rope_theta";

    /// <summary>The key of <c>config.json</c> for the share of rotated features; null where all are.</summary>
    public string? RotaryShare { get; init; }

    /// <summary>The key of <c>config.json</c> for the hidden size and for the number of heads, which give the size of a head.</summary>
    public (string HiddenSize, string Heads) HeadKeys { get; init; } = ("hidden_size", "num_attention_heads");

    /// <summary>Other architectures whose models are written as this one, with the keys they must not have.</summary>
    public IReadOnlyList<string> AlsoWrites { get; init; } = [];

    /// <summary>Whether files have the experts of a mixture: chosen as the model type where the metadata count any.</summary>
    public bool HasExperts { get; init; }

    /// <summary>Which configurations and which files are of this kind, where the models of one type lie in files in two ways; null takes all.</summary>
    public (Func<JsonObject, bool> Config, Func<GgufMetadata, bool> File)? Variant { get; init; }

    /// <summary>Brings a configuration to the names of keys that the tables have, before it is written.</summary>
    public Action<JsonObject>? Prepare { get; init; }

    /// <summary>Reads what the tables cannot say: from the file to the configuration.</summary>
    public Action<GgufFile, JsonObject>? Complete { get; init; }

    /// <summary>Writes what the tables cannot say: from configuration to metadata; returns remarks.</summary>
    public Func<JsonObject, GgufMetadata, IEnumerable<string>>? Describe { get; init; }
}
