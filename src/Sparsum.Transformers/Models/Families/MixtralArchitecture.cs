using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>Mixtral (Jiang et al. 2024): Mistral with experts in the place of the MLP.</summary>
public sealed class MixtralArchitecture()
    : Architecture<MixtralConfig>("mixtral", "MixtralForCausalLM", "model.", ModelConfigJson.Default.MixtralConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(MixtralConfig config)
    {
        ExpertCheck.Run("num_local_experts", config.NumLocalExperts, config.NumExpertsPerTok, ("intermediate_size", config.IntermediateSize));
        var layers = new GatedDecoder(config);
        return new GatedDecoder(config)
        {
            Window = SlidingWindow.InEveryBlock(config.SlidingWindow),
            FeedForward = (_, block) => Experts(block["block_sparse_moe"], config, layers),
        }.Build();
    }

    private static MixtureOfExperts Experts(ParameterScope scope, MixtralConfig config, GatedDecoder layers) => new()
    {
        Router = scope["gate"].Parameter("weight", config.NumLocalExperts, config.HiddenSize),
        Experts =
        [
            .. Enumerable.Range(0, config.NumLocalExperts)
                .Select(i => layers.GatedLayer(scope["experts"][i], config.IntermediateSize, gate: "w1", up: "w3", down: "w2")),
        ],
        ExpertsPerToken = config.NumExpertsPerTok,
        NormalizesWeights = true,
    };
}

/// <summary>Configuration of <see cref="MixtralArchitecture"/>.</summary>
public sealed record MixtralConfig : GatedDecoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public MixtralConfig()
    {
        NumKeyValueHeads = 8;
        MaxPositionEmbeddings = 131_072;
        RmsNormEps = 1e-5;
        RopeTheta = 1_000_000;
    }

    /// <summary>Keys that a token sees, itself included; null sees all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Experts of a block.</summary>
    [JsonRequired]
    public int NumLocalExperts { get; init; }

    /// <summary>Experts that a token passes.</summary>
    public int NumExpertsPerTok { get; init; } = 2;
}
