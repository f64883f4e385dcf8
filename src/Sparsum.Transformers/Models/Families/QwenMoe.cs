using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>What the Qwen families with experts share (Yang et al. 2024, 2025): experts in all blocks but those that are listed.</summary>
internal static class QwenMoe
{
    /// <summary>The experts of a block; null where it has an MLP.</summary>
    public static IFeedForward? Experts(int index, ParameterScope block, QwenMoeConfig config, GatedDecoder layers)
    {
        if (config.MlpOnlyLayers?.Contains(index) == true || (index + 1) % config.DecoderSparseStep != 0)
        {
            return null;
        }

        var scope = block["mlp"];
        int shared = (config as Qwen2MoeConfig)?.SharedExpertIntermediateSize ?? 0;
        return new MixtureOfExperts
        {
            Router = scope["gate"].Parameter("weight", config.ExpertCount, config.HiddenSize),
            Experts =
            [
                .. Enumerable.Range(0, config.ExpertCount).Select(i => layers.GatedLayer(scope["experts"][i], config.MoeIntermediateSize)),
            ],
            ExpertsPerToken = config.NumExpertsPerTok,
            NormalizesWeights = config.NormTopkProb,
            SharedExpert = shared == 0 ? null : layers.GatedLayer(scope["shared_expert"], shared),
            SharedGate = shared == 0 ? null : scope["shared_expert_gate"].Parameter("weight", 1, config.HiddenSize),
        };
    }

    /// <summary>Checks what concerns experts.</summary>
    /// <exception cref="Core.InvalidInputException">A value makes no sense.</exception>
    public static void Check(QwenMoeConfig config)
    {
        ExpertCheck.Run(
            "num_experts",
            config.ExpertCount,
            config.NumExpertsPerTok,
            ("moe_intermediate_size", config.MoeIntermediateSize),
            ("decoder_sparse_step", config.DecoderSparseStep));
    }
}

/// <summary>The keys of the Qwen families with experts.</summary>
public abstract record QwenMoeConfig : GatedDecoderConfig
{
    /// <summary>Width of an expert.</summary>
    public int MoeIntermediateSize { get; init; }

    /// <summary>Experts of a block.</summary>
    public int? NumExperts { get; init; }

    /// <summary>The same under the key that newer files may have.</summary>
    public int? NumLocalExperts { get; init; }

    /// <summary>Experts that a token passes.</summary>
    public int NumExpertsPerTok { get; init; }

    /// <summary>Whether the weights of the experts that a token passes sum to 1.</summary>
    public bool NormTopkProb { get; init; }

    /// <summary>Every block of this number has experts.</summary>
    public int DecoderSparseStep { get; init; } = 1;

    /// <summary>Blocks that have an MLP all the same.</summary>
    public IReadOnlyList<int>? MlpOnlyLayers { get; init; }

    /// <summary>Whether attention has a sliding window.</summary>
    public bool UseSlidingWindow { get; init; }

    /// <summary>Keys that a token sees through it, itself included.</summary>
    public int? SlidingWindow { get; init; }

    /// <inheritdoc/>
    /// <remarks>Experts and MLPs have keys of their own, and one size does not fit all.</remarks>
    public override ModelConfig? Resize(LayerSizes sizes) => null;

    /// <summary>The number of experts under either key; 0 where there is none.</summary>
    internal int ExpertCount => NumExperts ?? NumLocalExperts ?? 0;
}
