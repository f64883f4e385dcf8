namespace Sparsum.Transformers.Models.Families;

/// <summary>Qwen3-MoE (Yang et al. 2025): Qwen3 with experts.</summary>
public sealed class Qwen3MoeArchitecture()
    : Architecture<Qwen3MoeConfig>("qwen3_moe", "Qwen3MoeForCausalLM", "model.", ModelConfigJson.Default.Qwen3MoeConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Qwen3MoeConfig config)
    {
        QwenMoe.Check(config);
        var layers = new GatedDecoder(config);
        return new GatedDecoder(config)
        {
            HasInputBias = config.AttentionBias,
            HasOutputBias = config.AttentionBias,
            QueryKeyNorms = QueryKeyNorms.PerHead,
            Window = SlidingWindow.InEveryBlock(config.UseSlidingWindow ? config.SlidingWindow : null),
            FeedForward = (index, block) => QwenMoe.Experts(index, block, config, layers),
        }.Build();
    }
}

/// <summary>Configuration of <see cref="Qwen3MoeArchitecture"/>.</summary>
public sealed record Qwen3MoeConfig : QwenMoeConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Qwen3MoeConfig()
    {
        NumKeyValueHeads = 4;
        MaxPositionEmbeddings = 32_768;
        MoeIntermediateSize = 768;
        NumExpertsPerTok = 8;
    }

    /// <summary>Whether the attention's layers have biases.</summary>
    public bool AttentionBias { get; init; }
}
