using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>
/// One entry of <c>sparsum.layers</c>: what is left of a block whose sizes differ from the model's configuration. The sizes have the
/// names under which Hugging Face libraries record them too; self-attention has no level of its own.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LayerConfig : AttentionConfig
{
    /// <summary>Intermediate neurons of the MLP that are there, whatever key the architecture has for their number.</summary>
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

    /// <summary>
    /// Parts of the block that are left out, norms behind them included: <c>attention</c>, <c>cross_attention</c>, <c>feed_forward</c>. Null
    /// means none.
    /// </summary>
    public IReadOnlyList<string>? Skipped { get; init; }

    /// <summary>The experts, in blocks that have them; the keys above are then left out.</summary>
    public IReadOnlyList<FeedForwardConfig>? Experts { get; init; }

    /// <summary>Cross-attention, in blocks that have it.</summary>
    public AttentionConfig? CrossAttention { get; init; }
}
