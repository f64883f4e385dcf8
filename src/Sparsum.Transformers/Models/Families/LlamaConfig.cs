namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="LlamaArchitecture"/>.</summary>
public sealed record LlamaConfig : GatedDecoderConfig
{
    /// <summary>Whether the attention's layers have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the MLP's layers have biases.</summary>
    public bool MlpBias { get; init; }
}
