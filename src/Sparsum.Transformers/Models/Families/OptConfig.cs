using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="OptArchitecture"/>.</summary>
public sealed record OptConfig : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public OptConfig() => TieWordEmbeddings = true;

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int HiddenSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    [JsonRequired]
    public int FfnDim { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NumHiddenLayers { get; init; }

    /// <summary>Heads.</summary>
    [JsonRequired]
    public int NumAttentionHeads { get; init; }

    /// <summary>Length of the position table, less its two spare rows.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Width of the token embeddings; null means the hidden size.</summary>
    public int? WordEmbedProjDim { get; init; }

    /// <summary>Whether norms stand before attention and MLP; false in the 350m model.</summary>
    public bool DoLayerNormBefore { get; init; } = true;

    /// <summary>Whether the final norm is left out.</summary>
    [JsonPropertyName("_remove_final_layer_norm")]
    public bool RemoveFinalLayerNorm { get; init; }

    /// <summary>Whether linear layers have biases.</summary>
    public bool EnableBias { get; init; } = true;

    /// <summary>Whether norms have weights.</summary>
    public bool LayerNormElementwiseAffine { get; init; } = true;

    /// <summary>Activation of the MLP.</summary>
    public string ActivationFunction { get; init; } = "relu";

    /// <summary>Dropout of what attention and MLP add, in training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitStd { get; init; } = 0.02;

    /// <inheritdoc/>
    public override double InitializerStd() => InitStd;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { FfnDim = sizes.IntermediateSize };
}
