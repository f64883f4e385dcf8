using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// GPT-J (Wang and Komatsuzaki 2021): attention and MLP side by side on one norm, neighbouring features rotated in a part of each head, a
/// head with a bias.
/// </summary>
public sealed class GptJArchitecture() : Architecture<GptJConfig>("gptj", "GPTJForCausalLM", "transformer.", ModelConfigJson.Default.GptJConfig)
{
    private const double Theta = 10_000;

    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName)
        || tensorName.EndsWith(".attn.bias", StringComparison.Ordinal)
        || tensorName.EndsWith(".attn.masked_bias", StringComparison.Ordinal)
        || tensorName.EndsWith(".attn.embed_positions", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(GptJConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("n_embd", config.NEmbd),
            ("n_inner", config.Inner),
            ("n_layer", config.NLayer),
            ("n_head", config.NHead),
            ("n_positions", config.NPositions));
        ConfigCheck.Rates(("attn_pdrop", config.AttnPdrop), ("resid_pdrop", config.ResidPdrop), ("embd_pdrop", config.EmbdPdrop));
        ConfigCheck.Divisible("n_embd", config.NEmbd, "n_head", config.NHead);
        int headSize = config.NEmbd / config.NHead;
        int rotated = config.RotaryDim ?? headSize;
        if (rotated > headSize)
        {
            throw ConfigCheck.Invalid("rotary_dim", $"{rotated}", $"at most the width of a head, {headSize}");
        }

        var rotary = RotaryScaling.Embed(rotated, Theta, null, config.NPositions, isInterleaved: true);
        var root = new ParameterScope();
        var transformer = root["transformer"];
        var embedding = transformer.TokenEmbedding("wte", config.VocabSize, config.NEmbd, config.TieWordEmbeddings, "lm_head");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            DropoutRate = (float)config.EmbdPdrop,
            Blocks = [.. Enumerable.Range(0, config.NLayer).Select(i => BuildBlock(transformer["h"][i], i, config, rotary))],
            FinalNorm = transformer.LayerNorm("ln_f", config.NEmbd, config.LayerNormEpsilon),
            Head = root.Head("lm_head", embedding, config.NEmbd, config.TieWordEmbeddings, hasBias: true),
            HiddenSize = config.NEmbd,
            MaxPositions = config.NPositions,
        };
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, GptJConfig config, RotaryEmbedding rotary)
    {
        int hidden = config.NEmbd;
        int headSize = hidden / config.NHead;
        var self = scope["attn"];
        var attention = new AttentionLayer
        {
            Query = self.Linear("q_proj", hidden, hidden, hasBias: false),
            Key = self.Linear("k_proj", hidden, hidden, hasBias: false),
            Value = self.Linear("v_proj", hidden, hidden, hasBias: false),
            Output = self.Linear("out_proj", hidden, hidden, hasBias: false),
            HeadCount = config.NHead,
            KeyValueHeadCount = config.NHead,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            IsCausal = true,
            DropoutRate = (float)config.AttnPdrop,
            Rotary = rotary,
        };
        var feedForward = new FeedForwardLayer
        {
            Up = scope["mlp"].Linear("fc_in", config.Inner, hidden, hasBias: true),
            Down = scope["mlp"].Linear("fc_out", hidden, config.Inner, hasBias: true),
            Activation = ActivationNames.Parse("activation_function", config.ActivationFunction),
        };
        var norm = scope.LayerNorm("ln_1", hidden, config.LayerNormEpsilon);
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.Parallel,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = norm,
            FeedForwardNorm = norm,
            DropoutRate = (float)config.ResidPdrop,
            Linears = [attention.Key, attention.Value, attention.Query, attention.Output, .. feedForward.Linears],
        };
    }
}

/// <summary>Configuration of <see cref="GptJArchitecture"/>.</summary>
public sealed record GptJConfig : ModelConfig
{
    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int NEmbd { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NLayer { get; init; }

    /// <summary>Heads.</summary>
    [JsonRequired]
    public int NHead { get; init; }

    /// <summary>Width of the MLP; null means four times <see cref="NEmbd"/>.</summary>
    public int? NInner { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public int NPositions { get; init; } = 2048;

    /// <summary>Rotated features of each head; null means all.</summary>
    public int? RotaryDim { get; init; } = 64;

    /// <summary>Activation of the MLP.</summary>
    public string ActivationFunction { get; init; } = "gelu_new";

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttnPdrop { get; init; }

    /// <summary>Dropout of what attention and MLP add, in training.</summary>
    public double ResidPdrop { get; init; }

    /// <summary>Dropout of the embeddings, in training.</summary>
    public double EmbdPdrop { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Width of the MLP.</summary>
    internal int Inner => NInner ?? (4 * NEmbd);

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { NInner = sizes.IntermediateSize };
}
