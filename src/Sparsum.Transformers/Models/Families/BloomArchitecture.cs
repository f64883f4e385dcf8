using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// BLOOM (BigScience 2022): linear biases of the scores instead of positions (ALiBi, Press et al. 2022), a norm of the embeddings, queries,
/// keys and values interleaved head by head in one tensor.
/// </summary>
public sealed class BloomArchitecture()
    : Architecture<BloomConfig>("bloom", "BloomForCausalLM", "transformer.", ModelConfigJson.Default.BloomConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(BloomConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.Hidden),
            ("n_layer", config.BlockCount),
            ("n_head", config.Heads),
            ("seq_length", config.SeqLength));
        ConfigCheck.Rates(("attention_dropout", config.AttentionDropout), ("hidden_dropout", config.HiddenDropout));
        ConfigCheck.Divisible("hidden_size", config.Hidden, "n_head", config.Heads);
        if (config.ApplyResidualConnectionPostLayernorm)
        {
            throw ConfigCheck.Unsupported("apply_residual_connection_post_layernorm", "true", "false");
        }

        var root = new ParameterScope();
        var transformer = root["transformer"];
        float[] slopes = KeySlopes.Of(config.Heads);
        var embedding = transformer.TokenEmbedding("word_embeddings", config.VocabSize, config.Hidden, config.TieWordEmbeddings, "lm_head");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            EmbeddingNorm = transformer.LayerNorm("word_embeddings_layernorm", config.Hidden, config.LayerNormEpsilon),
            Blocks = [.. Enumerable.Range(0, config.BlockCount).Select(i => BuildBlock(transformer["h"][i], i, config, slopes))],
            FinalNorm = transformer.LayerNorm("ln_f", config.Hidden, config.LayerNormEpsilon),
            Head = root.Head("lm_head", embedding, config.Hidden, config.TieWordEmbeddings),
            HiddenSize = config.Hidden,
            MaxPositions = config.SeqLength,
        };
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, BloomConfig config, float[] slopes)
    {
        int hidden = config.Hidden;
        int headSize = hidden / config.Heads;
        var self = scope["self_attention"];
        var (query, key, value) = FusedAttention.ByGroup(
            self, "query_key_value", config.Heads, config.Heads, headSize, hidden, hasBias: true);
        var attention = new AttentionLayer
        {
            Query = query,
            Key = key,
            Value = value,
            Output = self.Linear("dense", hidden, hidden, hasBias: true),
            HeadCount = config.Heads,
            KeyValueHeadCount = config.Heads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            KeySlopes = slopes,
            IsCausal = true,
            DropoutRate = (float)config.AttentionDropout,
        };
        var feedForward = new FeedForwardLayer
        {
            Up = scope["mlp"].Linear("dense_h_to_4h", 4 * hidden, hidden, hasBias: true),
            Down = scope["mlp"].Linear("dense_4h_to_h", hidden, 4 * hidden, hasBias: true),
            Activation = Activation.GeluTanh,
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = scope.LayerNorm("input_layernorm", hidden, config.LayerNormEpsilon),
            FeedForwardNorm = scope.LayerNorm("post_attention_layernorm", hidden, config.LayerNormEpsilon),
            DropoutRate = (float)config.HiddenDropout,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }
}

/// <summary>Configuration of <see cref="BloomArchitecture"/>; sizes have two keys, of which published files use either.</summary>
public sealed record BloomConfig : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public BloomConfig() => TieWordEmbeddings = true;

    /// <summary>Width of the hidden states.</summary>
    public int? HiddenSize { get; init; }

    /// <summary>The same under the key that decides where both are there.</summary>
    public int? NEmbed { get; init; }

    /// <summary>Number of blocks.</summary>
    public int? NLayer { get; init; }

    /// <summary>The same under another key.</summary>
    public int? NumHiddenLayers { get; init; }

    /// <summary>Heads.</summary>
    public int? NHead { get; init; }

    /// <summary>The same under another key.</summary>
    public int? NumAttentionHeads { get; init; }

    /// <summary>Length of the sequences that the model was trained on; it computes longer ones too.</summary>
    public int SeqLength { get; init; } = 2048;

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether residuals start behind the norms; not supported.</summary>
    public bool ApplyResidualConnectionPostLayernorm { get; init; }

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Dropout of what attention and MLP add, in training.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The width under either key; 0 where there is none.</summary>
    internal int Hidden => NEmbed ?? HiddenSize ?? 0;

    /// <summary>The number of blocks under either key; 0 where there is none.</summary>
    internal int BlockCount => NLayer ?? NumHiddenLayers ?? 0;

    /// <summary>The number of heads under either key; 0 where there is none.</summary>
    internal int Heads => NHead ?? NumAttentionHeads ?? 0;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;
}

/// <summary>The slopes of ALiBi (Press et al. 2022, section 3).</summary>
internal static class KeySlopes
{
    /// <summary>For a power of two a geometric sequence from <c>2^(-8/heads)</c>; else the rest from that of twice as many, every second.</summary>
    public static float[] Of(int heads)
    {
        int power = 1 << (int)Math.Log2(heads);
        return [.. Geometric(power), .. Geometric(2 * power).Where((_, i) => i % 2 == 0).Take(heads - power)];

        static IEnumerable<float> Geometric(int count) =>
            Enumerable.Range(1, count).Select(i => (float)Math.Pow(2, -8.0 * i / count));
    }
}
