using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models.Families;

/// <summary>The keys that BERT and the encoders that are built like it share.</summary>
public abstract record EncoderConfig : ModelConfig
{
    /// <summary>Starts from the reference implementations' defaults.</summary>
    protected EncoderConfig()
    {
        PadTokenId = 0;
        TieWordEmbeddings = true;
    }

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int HiddenSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    [JsonRequired]
    public int IntermediateSize { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NumHiddenLayers { get; init; }

    /// <summary>Heads, before any was removed.</summary>
    [JsonRequired]
    public int NumAttentionHeads { get; init; }

    /// <summary>Length of the position table, or the longest sequence the model was made for.</summary>
    public int MaxPositionEmbeddings { get; init; } = 512;

    /// <summary>Number of segments; where it is 0 none are told apart.</summary>
    public int TypeVocabSize { get; init; } = 2;

    /// <summary>Activation of the MLP, and of the masked-token head where there is one.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Dropout of embeddings and of what attention and MLP add, in training.</summary>
    public double HiddenDropoutProb { get; init; } = 0.1;

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionProbsDropoutProb { get; init; } = 0.1;

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { IntermediateSize = sizes.IntermediateSize };
}
