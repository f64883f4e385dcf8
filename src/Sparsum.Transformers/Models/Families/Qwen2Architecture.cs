namespace Sparsum.Transformers.Models.Families;

/// <summary>Qwen2 and Qwen2.5 (Yang et al. 2024): the LLaMA pattern with biases on queries, keys and values.</summary>
public sealed class Qwen2Architecture()
    : Architecture<Qwen2Config>("qwen2", "Qwen2ForCausalLM", "model.", ModelConfigJson.Default.Qwen2Config)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Qwen2Config config) => new GatedDecoder(config)
    {
        HasInputBias = true,
        Window = SlidingWindow.InSomeBlocks(
            config.UseSlidingWindow ? config.SlidingWindow : null, config.MaxWindowLayers, config.LayerTypes),
    }.Build();
}
