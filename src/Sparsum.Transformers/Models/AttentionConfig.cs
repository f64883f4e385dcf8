using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>What is left of one attention module of a model whose blocks differ. What is not said is as the model's configuration says.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public record AttentionConfig
{
    /// <summary>Query heads that are there.</summary>
    public int? NumAttentionHeads { get; init; }

    /// <summary>Key/value heads that are there.</summary>
    public int? NumKeyValueHeads { get; init; }

    /// <summary>Original numbers of the query heads that are there; null means the first ones.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? KeptHeads { get; init; }

    /// <summary>Features of its input that the query projection reads; null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? QueryInputs { get; init; }

    /// <summary>Features of its input that the key projection reads; null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? KeyInputs { get; init; }

    /// <summary>Features of its input that the value projection reads; null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? ValueInputs { get; init; }

    /// <summary>Features of its result that the output projection computes; the others are its bias alone. Null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? AttentionOutputs { get; init; }
}
