namespace Sparsum.Transformers.Models.Families;

/// <summary>Qwen3, dense models (Yang et al. 2025): the LLaMA pattern with a norm over each query and key head.</summary>
public sealed class Qwen3Architecture()
    : Architecture<Qwen3Config>("qwen3", "Qwen3ForCausalLM", "model.", ModelConfigJson.Default.Qwen3Config)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Qwen3Config config) => new GatedDecoder(config)
    {
        HasInputBias = config.AttentionBias,
        HasOutputBias = config.AttentionBias,
        QueryKeyNorms = QueryKeyNorms.PerHead,
        Window = SlidingWindow.InSomeBlocks(
            config.UseSlidingWindow ? config.SlidingWindow : null, config.MaxWindowLayers, config.LayerTypes),
    }.Build();
}
