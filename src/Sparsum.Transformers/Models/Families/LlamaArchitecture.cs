namespace Sparsum.Transformers.Models.Families;

/// <summary>LLaMA 1, 2 and 3 and whatever shares their layout (Touvron et al. 2023; Dubey et al. 2024).</summary>
public sealed class LlamaArchitecture()
    : Architecture<LlamaConfig>("llama", "LlamaForCausalLM", "model.", ModelConfigJson.Default.LlamaConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(LlamaConfig config) => new GatedDecoder(config)
    {
        HasInputBias = config.AttentionBias,
        HasOutputBias = config.AttentionBias,
        HasFeedForwardBias = config.MlpBias,
    }.Build();
}
