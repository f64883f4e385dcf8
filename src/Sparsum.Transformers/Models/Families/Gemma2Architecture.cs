namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Gemma 2 (Gemma Team 2024): Gemma with norms around both parts, bounded scores and logits, and a sliding window in every second block.
/// </summary>
public sealed class Gemma2Architecture()
    : Architecture<Gemma2Config>("gemma2", "Gemma2ForCausalLM", "model.", ModelConfigJson.Default.Gemma2Config)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Gemma2Config config) => new GatedDecoder(config)
    {
        HasInputBias = config.AttentionBias,
        HasOutputBias = config.AttentionBias,
        Norms = NormPlacement.AroundParts,
        HasUnitOffset = true,
        EmbeddingScale = MathF.Sqrt(Math.Max(1, config.HiddenSize)),
        ActivationName = config.HiddenActivation,
        ScoreScalar = config.QueryPreAttnScalar,
        ScoreSoftCap = config.AttnLogitSoftcapping,
        LogitSoftCap = config.FinalLogitSoftcapping,
        Window = SlidingWindow.InSomeBlocks(
            config.SlidingWindow, 0, config.LayerTypes ?? LayerTypes.EveryNth("layer_types", 2, Math.Max(1, config.NumHiddenLayers))),
    }.Build();
}

/// <summary>Configuration of <see cref="Gemma2Architecture"/>, and what Gemma 3 shares of it.</summary>
public record Gemma2Config : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Gemma2Config()
    {
        NumKeyValueHeads = 4;
        HeadDim = 256;
        MaxPositionEmbeddings = 8192;
        TieWordEmbeddings = true;
    }

    /// <summary>Activation of the gate.</summary>
    public string HiddenActivation { get; init; } = "gelu_pytorch_tanh";

    /// <summary>Whether the attention's layers have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>The number whose inverse root scales the scores.</summary>
    public double QueryPreAttnScalar { get; init; } = 256;

    /// <summary>Bound of the scores; null for none.</summary>
    public double? AttnLogitSoftcapping { get; init; } = 50;

    /// <summary>Bound of the logits; null for none.</summary>
    public double? FinalLogitSoftcapping { get; init; } = 30;

    /// <summary>Keys that a token sees in a block with a window, itself included.</summary>
    public int? SlidingWindow { get; init; } = 4096;
}
