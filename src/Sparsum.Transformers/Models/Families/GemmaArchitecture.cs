namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Gemma 1 (Gemma Team 2024): the LLaMA pattern with embeddings scaled by √hidden, norms that multiply by one more than their weight, and
/// a GELU gate.
/// </summary>
public sealed class GemmaArchitecture()
    : Architecture<GemmaConfig>("gemma", "GemmaForCausalLM", "model.", ModelConfigJson.Default.GemmaConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(GemmaConfig config) => new GatedDecoder(config)
    {
        HasInputBias = config.AttentionBias,
        HasOutputBias = config.AttentionBias,
        HasUnitOffset = true,
        EmbeddingScale = MathF.Sqrt(Math.Max(1, config.HiddenSize)),
        ActivationName = config.HiddenActivation ?? "gelu_pytorch_tanh",
    }.Build();
}
