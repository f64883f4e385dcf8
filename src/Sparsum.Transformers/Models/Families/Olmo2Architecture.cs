namespace Sparsum.Transformers.Models.Families;

/// <summary>OLMo 2 (Walsh et al. 2024): the LLaMA pattern with norms on what each part adds, and over all queries and all keys.</summary>
public sealed class Olmo2Architecture()
    : Architecture<Olmo2Config>("olmo2", "Olmo2ForCausalLM", "model.", ModelConfigJson.Default.Olmo2Config)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Olmo2Config config) => new GatedDecoder(config)
    {
        HasInputBias = config.AttentionBias,
        HasOutputBias = config.AttentionBias,
        Norms = NormPlacement.AfterParts,
        QueryKeyNorms = QueryKeyNorms.WholeProjection,
    }.Build();
}

/// <summary>Configuration of <see cref="Olmo2Architecture"/>.</summary>
public sealed record Olmo2Config : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Olmo2Config() => RmsNormEps = 1e-5;

    /// <summary>Whether the attention's layers have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <inheritdoc/>
    /// <remarks>One norm runs over all heads, so that none can go.</remarks>
    public override bool HasFreeHeadCount() => false;
}
