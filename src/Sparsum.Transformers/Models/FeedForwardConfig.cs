using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>What is left of one expert of a block whose sizes differ from the model's configuration. What is not said is as there.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FeedForwardConfig
{
    /// <summary>Intermediate neurons that are there.</summary>
    public int? IntermediateSize { get; init; }

    /// <summary>Original numbers of the intermediate neurons that are there; null means the first ones.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? KeptNeurons { get; init; }

    /// <summary>Features of its input that the gate projection reads; null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? GateInputs { get; init; }

    /// <summary>Features of its input that the up projection reads; null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? UpInputs { get; init; }

    /// <summary>Features of its result that the down projection computes; the others are its bias alone. Null means all.</summary>
    [JsonConverter(typeof(IndexListConverter))]
    public IReadOnlyList<int>? DownOutputs { get; init; }
}
