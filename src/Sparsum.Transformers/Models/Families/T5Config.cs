using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="T5Architecture"/>.</summary>
public sealed record T5Config : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public T5Config()
    {
        PadTokenId = 0;
        EosTokenId = [1];
        TieWordEmbeddings = true;
    }

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int DModel { get; init; }

    /// <summary>Width of one head; all heads together need not be as wide as the hidden states.</summary>
    [JsonRequired]
    public int DKv { get; init; }

    /// <summary>Width of the MLP.</summary>
    [JsonRequired]
    public int DFf { get; init; }

    /// <summary>Number of encoder blocks.</summary>
    [JsonRequired]
    public int NumLayers { get; init; }

    /// <summary>Number of decoder blocks; null means as many as the encoder has.</summary>
    public int? NumDecoderLayers { get; init; }

    /// <summary>Heads of every attention, before any was removed.</summary>
    [JsonRequired]
    public int NumHeads { get; init; }

    /// <summary>Rows of the tables of relative positions.</summary>
    public int RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>Distance from which on all share the last row.</summary>
    public int RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>Length of the sequences that the model was trained on; it computes longer ones too.</summary>
    public int NPositions { get; init; } = 512;

    /// <summary>Activation of the MLP, after <c>gated-</c> where it has a gate: <c>relu</c> in v1.0, <c>gated-gelu</c> in v1.1.</summary>
    public string FeedForwardProj { get; init; } = "relu";

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>Dropout in training: of embeddings, attention probabilities, inside the MLP, of what each part adds, of finished states.</summary>
    public double DropoutRate { get; init; } = 0.1;

    /// <summary>The token with which every target begins; null means the padding token.</summary>
    public int? DecoderStartTokenId { get; init; }

    /// <summary>Whether finished states are divided by √<see cref="DModel"/> before the head; null means where the head is tied.</summary>
    public bool? ScaleDecoderOutputs { get; init; }

    /// <summary>Factor on the standard deviations of fresh weights.</summary>
    public double InitializerFactor { get; init; } = 1;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerFactor;

    /// <inheritdoc/>
    public override ModelConfig Untie() => this with { TieWordEmbeddings = false, ScaleDecoderOutputs = ScaleDecoderOutputs ?? TieWordEmbeddings };

    /// <inheritdoc/>
    public override ModelConfig StartTargetsWith(int token) => this with { DecoderStartTokenId = token };

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { DFf = sizes.IntermediateSize };
}
