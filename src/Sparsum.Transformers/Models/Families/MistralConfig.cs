namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="MistralArchitecture"/>.</summary>
public sealed record MistralConfig : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public MistralConfig()
    {
        NumKeyValueHeads = 8;
        MaxPositionEmbeddings = 131_072;
    }

    /// <summary>Keys that a token sees, itself included; null sees all.</summary>
    public int? SlidingWindow { get; init; } = 4096;
}
