using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// The text models of Gemma 3 (Gemma Team 2025): Gemma 2 with norms of queries and keys for the bounds, five blocks with a window to one
/// without, and a rotary base for each of the two kinds.
/// </summary>
public sealed class Gemma3Architecture()
    : Architecture<Gemma3Config>("gemma3_text", "Gemma3ForCausalLM", "model.", ModelConfigJson.Default.Gemma3Config)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(Gemma3Config config)
    {
        if (config.UseBidirectionalAttention == true)
        {
            throw ConfigCheck.Unsupported("use_bidirectional_attention", "true", "false");
        }

        var types = config.LayerTypes
            ?? LayerTypes.EveryNth("sliding_window_pattern", config.Period, Math.Max(1, config.NumHiddenLayers));
        LayerTypes.Check(types, config.NumHiddenLayers);
        var kinds = types.Distinct().ToDictionary(type => type, type => Embed(config, type));
        return new GatedDecoder(config)
        {
            HasInputBias = config.AttentionBias,
            HasOutputBias = config.AttentionBias,
            Norms = NormPlacement.AroundParts,
            QueryKeyNorms = QueryKeyNorms.PerHead,
            HasUnitOffset = true,
            EmbeddingScale = MathF.Sqrt(Math.Max(1, config.HiddenSize)),
            ActivationName = config.HiddenActivation,
            ScoreScalar = config.QueryPreAttnScalar,
            ScoreSoftCap = config.AttnLogitSoftcapping,
            LogitSoftCap = config.FinalLogitSoftcapping,
            Window = SlidingWindow.InSomeBlocks(config.SlidingWindow, 0, types),
            Rotary = index => kinds[types[index]],
        }.Build();
    }

    /// <summary>Files that do not tell the kinds apart stretch the frequencies of full attention alone.</summary>
    private static RotaryEmbedding Embed(Gemma3Config config, string type)
    {
        bool tellsApart = config is { RopeScaling.IsByLayerType: true } or { RopeParameters.IsByLayerType: true };
        return type == LayerTypes.Sliding && !tellsApart
            ? new GatedDecoder(config with { RopeScaling = null, RopeParameters = null, RopeTheta = config.RopeLocalBaseFreq }).Embed(type)
            : new GatedDecoder(config).Embed(type);
    }
}

/// <summary>Configuration of <see cref="Gemma3Architecture"/>.</summary>
public sealed record Gemma3Config : Gemma2Config
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public Gemma3Config()
    {
        MaxPositionEmbeddings = 131_072;
        RopeTheta = 1_000_000;
        AttnLogitSoftcapping = null;
        FinalLogitSoftcapping = null;
    }

    /// <summary>Base of the rotary frequencies in blocks with a window, in files that do not tell the kinds apart.</summary>
    public double RopeLocalBaseFreq { get; init; } = 10_000;

    /// <summary>Every block of this number attends in full, in files that do not list the kinds.</summary>
    public int? SlidingWindowPattern { get; init; }

    /// <summary>The same under the key of newer files.</summary>
    [JsonPropertyName("_sliding_window_pattern")]
    public int? NewerSlidingWindowPattern { get; init; }

    /// <summary>Whether tokens see what comes after them; not supported.</summary>
    public bool? UseBidirectionalAttention { get; init; }

    /// <summary>The number under either key.</summary>
    internal int Period => SlidingWindowPattern ?? NewerSlidingWindowPattern ?? 6;
}
