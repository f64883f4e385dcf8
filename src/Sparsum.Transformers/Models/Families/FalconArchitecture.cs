using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Falcon (Almazrouei et al. 2023): rotary attention beside the MLP, on one norm (7B) or two (40B and later), queries, keys and values
/// fused group by group.
/// </summary>
public sealed class FalconArchitecture()
    : Architecture<FalconConfig>("falcon", "FalconForCausalLM", "transformer.", ModelConfigJson.Default.FalconConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(FalconConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("ffn_hidden_size", config.Inner),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("num_kv_heads", config.Groups),
            ("max_position_embeddings", config.MaxPositionEmbeddings));
        ConfigCheck.Rates(("attention_dropout", config.AttentionDropout), ("hidden_dropout", config.HiddenDropout));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        ConfigCheck.Divisible("num_attention_heads", config.NumAttentionHeads, "num_kv_heads", config.Groups);
        if (config.Alibi)
        {
            throw ConfigCheck.Unsupported("alibi", "true", "false");
        }

        int headSize = config.HiddenSize / config.NumAttentionHeads;
        var rotary = RotaryScaling.Embed(
            headSize, config.RopeTheta, RotaryScaling.Of(config.RopeScaling, config.RopeParameters), config.MaxPositionEmbeddings);
        var root = new ParameterScope();
        var transformer = root["transformer"];
        var embedding = transformer.TokenEmbedding("word_embeddings", config.VocabSize, config.HiddenSize, config.TieWordEmbeddings, "lm_head");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            Blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => BuildBlock(transformer["h"][i], i, config, rotary))],
            FinalNorm = transformer.LayerNorm("ln_f", config.HiddenSize, config.LayerNormEpsilon),
            Head = root.Head("lm_head", embedding, config.HiddenSize, config.TieWordEmbeddings),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, FalconConfig config, RotaryEmbedding rotary)
    {
        int hidden = config.HiddenSize;
        int headSize = hidden / config.NumAttentionHeads;
        var self = scope["self_attention"];
        var (query, key, value) = FusedAttention.ByGroup(
            self, "query_key_value", config.NumAttentionHeads, config.Groups, headSize, hidden, config.Bias);
        var attention = new AttentionLayer
        {
            Query = query,
            Key = key,
            Value = value,
            Output = self.Linear("dense", hidden, hidden, config.Bias),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = config.Groups,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            IsCausal = true,
            DropoutRate = (float)config.AttentionDropout,
            Rotary = rotary,
        };
        var feedForward = new FeedForwardLayer
        {
            Up = scope["mlp"].Linear("dense_h_to_4h", config.Inner, hidden, config.Bias),
            Down = scope["mlp"].Linear("dense_4h_to_h", hidden, config.Inner, config.Bias),
            Activation = ActivationNames.Parse("activation", config.Activation),
        };
        bool isParallel = config.ParallelAttn || config.NewDecoderArchitecture;
        var first = Norm(config.HasTwoNorms ? "ln_attn" : "input_layernorm");
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = isParallel ? BlockStyle.Parallel : BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = first,
            FeedForwardNorm = config.HasTwoNorms ? Norm("ln_mlp") : isParallel ? first : Norm("post_attention_layernorm"),
            DropoutRate = (float)config.HiddenDropout,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };

        Normalization Norm(string name) => scope.LayerNorm(name, hidden, config.LayerNormEpsilon);
    }
}

/// <summary>Configuration of <see cref="FalconArchitecture"/>.</summary>
public sealed record FalconConfig : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public FalconConfig() => TieWordEmbeddings = true;

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int HiddenSize { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NumHiddenLayers { get; init; }

    /// <summary>Query heads.</summary>
    [JsonRequired]
    public int NumAttentionHeads { get; init; }

    /// <summary>Key/value heads, where the number is not given by <see cref="MultiQuery"/>; null means as many as query heads.</summary>
    public int? NumKvHeads { get; init; }

    /// <summary>Width of the MLP; null means four times <see cref="HiddenSize"/>.</summary>
    public int? FfnHiddenSize { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Activation of the MLP.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether layers have biases.</summary>
    public bool Bias { get; init; }

    /// <summary>Whether positions are linear biases; not supported.</summary>
    public bool Alibi { get; init; }

    /// <summary>Whether, in the older design, all heads share one key and value.</summary>
    public bool MultiQuery { get; init; } = true;

    /// <summary>Whether attention and MLP stand side by side.</summary>
    public bool ParallelAttn { get; init; } = true;

    /// <summary>Whether the model is of the newer design: side by side, with groups of heads.</summary>
    public bool NewDecoderArchitecture { get; init; }

    /// <summary>Norms of a block in the newer design; null means 2.</summary>
    public int? NumLnInParallelAttn { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Stretching of the rotary frequencies.</summary>
    public RotaryScaling? RopeScaling { get; init; }

    /// <summary>The same under the key of newer files, which counts where the older one says nothing.</summary>
    public RotaryScaling? RopeParameters { get; init; }

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Dropout of what attention and MLP add, in training.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Key/value heads that there are.</summary>
    internal int Groups => NewDecoderArchitecture || !MultiQuery ? NumKvHeads ?? NumAttentionHeads : 1;

    /// <summary>Width of the MLP.</summary>
    internal int Inner => FfnHiddenSize ?? (4 * HiddenSize);

    /// <summary>Whether attention and MLP side by side have a norm each.</summary>
    internal bool HasTwoNorms => NewDecoderArchitecture && (NumLnInParallelAttn ?? 2) == 2;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { FfnHiddenSize = sizes.IntermediateSize };
}
