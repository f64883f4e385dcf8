using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>The entry <c>sparsum</c> of a configuration: what no other library has a key for.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SparsumConfig
{
    /// <summary>For each block, from 0, what is left of it, in models whose blocks differ.</summary>
    public IReadOnlyDictionary<int, LayerConfig>? Layers { get; init; }

    /// <summary>Features of the hidden states that norms run over; the others are 0 throughout. Null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? HiddenFeatures { get; init; }
}
