namespace Sparsum.Transformers.Models.Families;

/// <summary>Configuration of <see cref="Qwen2Architecture"/>.</summary>
public sealed record Qwen2Config : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Qwen2Config()
    {
        NumKeyValueHeads = 32;
        MaxPositionEmbeddings = 32_768;
    }

    /// <summary>Whether some blocks attend through the sliding window.</summary>
    public bool UseSlidingWindow { get; init; }

    /// <summary>Keys that a token sees in such a block, itself included.</summary>
    public int? SlidingWindow { get; init; } = 4096;

    /// <summary>The first block with a sliding window.</summary>
    public int MaxWindowLayers { get; init; } = 28;
}
