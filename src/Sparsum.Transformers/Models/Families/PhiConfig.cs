using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="PhiArchitecture"/>.</summary>
public sealed record PhiConfig : ModelConfig
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

    /// <summary>Activation of the MLP.</summary>
    public string HiddenAct { get; init; } = "gelu_new";

    /// <summary>Longest sequence the model was made for.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Stretching of the rotary frequencies.</summary>
    public RotaryScaling? RopeScaling { get; init; }

    /// <summary>The same under the key of newer files, which counts where the older one says nothing.</summary>
    public RotaryScaling? RopeParameters { get; init; }

    /// <summary>Share of each head's features that is rotated.</summary>
    public double PartialRotaryFactor { get; init; } = 0.5;

    /// <summary>Whether queries and keys are normalised; not supported.</summary>
    public bool QkLayernorm { get; init; }

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { IntermediateSize = sizes.IntermediateSize };
}
