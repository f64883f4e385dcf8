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
}
