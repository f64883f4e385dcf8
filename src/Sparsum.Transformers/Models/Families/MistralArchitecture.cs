namespace Sparsum.Transformers.Models.Families;

/// <summary>Mistral 7B (Jiang et al. 2023): the LLaMA pattern with a sliding window.</summary>
public sealed class MistralArchitecture()
    : Architecture<MistralConfig>("mistral", "MistralForCausalLM", "model.", ModelConfigJson.Default.MistralConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(MistralConfig config) =>
        new GatedDecoder(config) { Window = SlidingWindow.InEveryBlock(config.SlidingWindow) }.Build();
}
