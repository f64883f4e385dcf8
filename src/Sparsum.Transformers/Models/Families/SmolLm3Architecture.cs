namespace Sparsum.Transformers.Models.Families;

/// <summary>SmolLM3 (Bakouch et al. 2025): the LLaMA pattern, in which every fourth block has no positions.</summary>
public sealed class SmolLm3Architecture()
    : Architecture<SmolLm3Config>("smollm3", "SmolLM3ForCausalLM", "model.", ModelConfigJson.Default.SmolLm3Config)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(SmolLm3Config config)
    {
        ConfigCheck.Sizes(("no_rope_layer_interval", config.NoRopeLayerInterval), ("num_hidden_layers", config.NumHiddenLayers));
        bool[] isRotated = config.NoRopeLayers is { } listed
            ? [.. listed.Select(flag => flag != 0)]
            : [.. Enumerable.Range(1, config.NumHiddenLayers).Select(block => block % config.NoRopeLayerInterval != 0)];
        if (isRotated.Length != config.NumHiddenLayers)
        {
            throw ConfigCheck.Invalid(
                "no_rope_layers", $"a list of {isRotated.Length}", $"a list of num_hidden_layers, {config.NumHiddenLayers}");
        }

        var rotary = new GatedDecoder(config).Embed(LayerTypes.Full);
        var types = config.LayerTypes ?? [.. isRotated.Select(rotated => rotated ? LayerTypes.Full : LayerTypes.Sliding)];
        return new GatedDecoder(config)
        {
            HasInputBias = config.AttentionBias,
            HasOutputBias = config.AttentionBias,
            HasFeedForwardBias = config.MlpBias,
            Window = SlidingWindow.InSomeBlocks(config.UseSlidingWindow ? config.SlidingWindow : null, 0, types),
            Rotary = index => isRotated[index] ? rotary : null,
        }.Build();
    }
}

/// <summary>Configuration of <see cref="SmolLm3Architecture"/>.</summary>
public sealed record SmolLm3Config : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public SmolLm3Config()
    {
        NumKeyValueHeads = 4;
        MaxPositionEmbeddings = 32_768;
        RopeTheta = 2_000_000;
        TieWordEmbeddings = true;
    }

    /// <summary>Whether the attention's layers have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the MLP's layers have biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>For each block 1 where queries and keys are rotated and 0 where not, whatever the name says; null follows the interval.</summary>
    public IReadOnlyList<int>? NoRopeLayers { get; init; }

    /// <summary>Every block of this number has no rotation.</summary>
    public int NoRopeLayerInterval { get; init; } = 4;

    /// <summary>Whether the blocks without rotation attend through the sliding window.</summary>
    public bool UseSlidingWindow { get; init; }

    /// <summary>Keys that a token sees in such a block, itself included.</summary>
    public int? SlidingWindow { get; init; }
}
