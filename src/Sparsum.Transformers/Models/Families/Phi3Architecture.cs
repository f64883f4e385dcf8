namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Phi-3, Phi-3.5 and Phi-4 (Abdin et al. 2024): the LLaMA pattern with fused projections, and LongRoPE in the models for long contexts.
/// </summary>
public sealed class Phi3Architecture()
    : Architecture<Phi3Config>("phi3", "Phi3ForCausalLM", "model.", ModelConfigJson.Default.Phi3Config)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Phi3Config config)
    {
        var renamed = config with { RopeScaling = Rename(config.RopeScaling), RopeParameters = Rename(config.RopeParameters) };
        var rotary = new GatedDecoder(renamed).Embed(LayerTypes.Full, config.OriginalMaxPositionEmbeddings, config.PartialRotaryFactor);
        return new GatedDecoder(renamed)
        {
            HasFusedProjections = true,
            ResidualDropout = config.ResidPdrop,
            EmbeddingDropout = config.EmbdPdrop,
            Window = SlidingWindow.InEveryBlock(config.SlidingWindow),
            Rotary = _ => rotary,
        }.Build();
    }

    /// <summary>The first files had other names for LongRoPE.</summary>
    private static RotaryScaling? Rename(RotaryScaling? scaling) =>
        scaling is { Kind: "su" or "yarn" } ? scaling with { RopeType = "longrope" } : scaling;
}

/// <summary>Configuration of <see cref="Phi3Architecture"/>.</summary>
public sealed record Phi3Config : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Phi3Config()
    {
        MaxPositionEmbeddings = 4096;
        RmsNormEps = 1e-5;
    }

    /// <summary>The context before stretching.</summary>
    public int? OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>Share of each head's features that is rotated.</summary>
    public double PartialRotaryFactor { get; init; } = 1;

    /// <summary>Keys that a token sees, itself included; null sees all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Dropout of what attention and MLP add, in training.</summary>
    public double ResidPdrop { get; init; }

    /// <summary>Dropout of the embeddings, in training.</summary>
    public double EmbdPdrop { get; init; }
}
