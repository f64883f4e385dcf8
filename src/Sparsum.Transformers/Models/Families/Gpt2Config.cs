using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="Gpt2Architecture"/>.</summary>
public sealed record Gpt2Config : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Gpt2Config() => TieWordEmbeddings = true;

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int NEmbd { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NLayer { get; init; }

    /// <summary>Heads.</summary>
    [JsonRequired]
    public int NHead { get; init; }

    /// <summary>Width of the MLP; null means four times the hidden size.</summary>
    public int? NInner { get; init; }

    /// <summary>Length of the position table.</summary>
    public int NPositions { get; init; } = 1024;

    /// <summary>Activation of the MLP.</summary>
    public string ActivationFunction { get; init; } = "gelu_new";

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttnPdrop { get; init; } = 0.1;

    /// <summary>Dropout of what attention and MLP add, in training.</summary>
    public double ResidPdrop { get; init; } = 0.1;

    /// <summary>Dropout of the embeddings, in training.</summary>
    public double EmbdPdrop { get; init; } = 0.1;

    /// <summary>Whether scores are divided by √(head size).</summary>
    public bool ScaleAttnWeights { get; init; } = true;

    /// <summary>Whether scores of block <c>i</c> are also divided by <c>i + 1</c>.</summary>
    public bool ScaleAttnByInverseLayerIdx { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { NInner = sizes.IntermediateSize };
}
