using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// The keys that LLaMA and the families after its pattern share: RMS norm, rotary embedding, grouped-query attention, gated MLP.
/// </summary>
public abstract record GatedDecoderConfig : ModelConfig
{
    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int HiddenSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    [JsonRequired]
    public int IntermediateSize { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NumHiddenLayers { get; init; }

    /// <summary>Query heads.</summary>
    [JsonRequired]
    public int NumAttentionHeads { get; init; }

    /// <summary>Key/value heads; null means as many as query heads.</summary>
    public int? NumKeyValueHeads { get; init; }

    /// <summary>Width of one head; null means <c>hidden_size / num_attention_heads</c>.</summary>
    public int? HeadDim { get; init; }

    /// <summary>Activation of the gate.</summary>
    public string HiddenAct { get; init; } = "silu";

    /// <summary>Longest sequence the model was made for.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Epsilon of every norm.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Stretching of the rotary frequencies.</summary>
    public RotaryScaling? RopeScaling { get; init; }

    /// <summary>The same under the key of newer files, which counts where the older one says nothing.</summary>
    public RotaryScaling? RopeParameters { get; init; }

    /// <summary>The kind of attention of each block, in files that list it; see <see cref="Models.LayerTypes"/>.</summary>
    public IReadOnlyList<string>? LayerTypes { get; init; }

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override bool HasFreeHeadCount() => true;

    /// <inheritdoc/>
    public override ModelConfig? Resize(LayerSizes sizes) => this with
    {
        NumAttentionHeads = sizes.NumAttentionHeads,
        NumKeyValueHeads = sizes.NumKeyValueHeads,
        HeadDim = HeadDim ?? (HiddenSize / NumAttentionHeads),
        IntermediateSize = sizes.IntermediateSize,
    };
}
