namespace Sparsum.Transformers.Models.Families;

/// <summary>Qwen1.5-MoE and Qwen2-MoE (Yang et al. 2024): Qwen2 with experts, and one that every token passes through a gate.</summary>
public sealed class Qwen2MoeArchitecture()
    : Architecture<Qwen2MoeConfig>("qwen2_moe", "Qwen2MoeForCausalLM", "model.", ModelConfigJson.Default.Qwen2MoeConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Qwen2MoeConfig config)
    {
        QwenMoe.Check(config);
        ConfigCheck.Sizes(("shared_expert_intermediate_size", config.SharedExpertIntermediateSize));
        if (config.UseSlidingWindow && config.LayerTypes is null)
        {
            throw ConfigCheck.Unsupported("use_sliding_window", "true without layer_types", "false, or layer_types");
        }

        var layers = new GatedDecoder(config);
        return new GatedDecoder(config)
        {
            HasInputBias = config.QkvBias,
            Window = SlidingWindow.InSomeBlocks(config.UseSlidingWindow ? config.SlidingWindow : null, 0, config.LayerTypes),
            FeedForward = (index, block) => QwenMoe.Experts(index, block, config, layers),
        }.Build();
    }
}

/// <summary>Configuration of <see cref="Qwen2MoeArchitecture"/>.</summary>
public sealed record Qwen2MoeConfig : QwenMoeConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Qwen2MoeConfig()
    {
        NumKeyValueHeads = 16;
        MaxPositionEmbeddings = 32_768;
        MoeIntermediateSize = 1408;
        NumExpertsPerTok = 4;
    }

    /// <summary>Whether queries, keys and values have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Width of the expert that every token passes.</summary>
    public int SharedExpertIntermediateSize { get; init; } = 5632;
}
