using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>Builds the pattern of BART and Marian: an encoder and a decoder with biases everywhere and norms after the residuals.</summary>
/// <param name="config">The sizes.</param>
internal sealed class PostNormStacks(PostNormStacksConfig config)
{
    /// <summary>Builds the skeleton.</summary>
    /// <param name="positions">The positions of a stack, from its scope.</param>
    /// <param name="hasEmbeddingNorm">Whether embeddings are normalised.</param>
    /// <exception cref="Core.InvalidInputException">A value makes no sense or is not supported.</exception>
    public EncoderDecoderModel Build(Func<ParameterScope, StackPositions> positions, bool hasEmbeddingNorm)
    {
        Check();
        var root = new ParameterScope();
        var (encoder, decoder) = (root["model"]["encoder"], root["model"]["decoder"]);
        var shared = root["model"].TokenEmbedding(
            "shared",
            config.VocabSize,
            config.DModel,
            [
                "model.encoder.embed_tokens", "model.decoder.embed_tokens",
                .. config.TieWordEmbeddings ? ["lm_head"] : Array.Empty<string>(),
            ]);
        var head = root.Head("lm_head", shared, config.DModel, config.TieWordEmbeddings);
        return new EncoderDecoderModel
        {
            TokenEmbedding = shared,
            PaddingToken = config.PadTokenId,
            EmbeddingScale = config.ScaleEmbedding ? MathF.Sqrt(config.DModel) : 1,
            Blocks =
            [
                .. Enumerable.Range(0, config.EncoderLayers).Select(i => BuildBlock(encoder["layers"][i], i, isDecoder: false)),
                .. Enumerable.Range(0, config.DecoderLayers)
                    .Select(i => BuildBlock(decoder["layers"][i], config.EncoderLayers + i, isDecoder: true)),
            ],
            EncoderBlockCount = config.EncoderLayers,
            EncoderInput = Input(encoder),
            DecoderInput = Input(decoder),
            Head = head,
            LogitBias = new Parameter("final_logits_bias", 1, config.VocabSize) { IsBuffer = true },
            StartToken = config.DecoderStartTokenId,
            FillToken = config.PadTokenId ?? 0,
            DropoutRate = (float)config.Dropout,
            DropsFinished = false,
            HiddenSize = config.DModel,
            MaxPositions = config.MaxPositionEmbeddings,
        };

        StackInput Input(ParameterScope stack) => new()
        {
            Positions = positions(stack),
            Norm = hasEmbeddingNorm ? stack.LayerNorm("layernorm_embedding", config.DModel, PostNormStacksConfig.Epsilon) : null,
        };
    }

    private void Check()
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("d_model", config.DModel),
            ("encoder_layers", config.EncoderLayers),
            ("decoder_layers", config.DecoderLayers),
            ("encoder_attention_heads", config.EncoderAttentionHeads),
            ("decoder_attention_heads", config.DecoderAttentionHeads),
            ("encoder_ffn_dim", config.EncoderFfnDim),
            ("decoder_ffn_dim", config.DecoderFfnDim),
            ("max_position_embeddings", config.MaxPositionEmbeddings));
        ConfigCheck.Divisible("d_model", config.DModel, "encoder_attention_heads", config.EncoderAttentionHeads);
        ConfigCheck.Divisible("d_model", config.DModel, "decoder_attention_heads", config.DecoderAttentionHeads);
        ConfigCheck.Rates(
            ("dropout", config.Dropout), ("attention_dropout", config.AttentionDropout), ("activation_dropout", config.ActivationDropout));
        int start = config.DecoderStartTokenId;
        if (start < 0 || start >= config.VocabSize)
        {
            throw ConfigCheck.Invalid("decoder_start_token_id", $"{start}", $"0 to {config.VocabSize - 1}");
        }
    }

    private TransformerBlock BuildBlock(ParameterScope scope, int index, bool isDecoder)
    {
        int heads = isDecoder ? config.DecoderAttentionHeads : config.EncoderAttentionHeads;
        int inner = isDecoder ? config.DecoderFfnDim : config.EncoderFfnDim;
        var self = BuildAttention(scope["self_attn"], heads, isDecoder);
        var cross = isDecoder ? BuildAttention(scope["encoder_attn"], heads, isCausal: false) : null;
        var feedForward = new FeedForwardLayer
        {
            Up = scope.Linear("fc1", inner, config.DModel, hasBias: true),
            Down = scope.Linear("fc2", config.DModel, inner, hasBias: true),
            Activation = ActivationNames.Parse("activation_function", config.ActivationFunction),
            DropoutRate = (float)config.ActivationDropout,
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PostNorm,
            Attention = self,
            CrossAttention = cross,
            FeedForward = feedForward,
            AttentionNorm = Norm("self_attn_layer_norm"),
            CrossAttentionNorm = isDecoder ? Norm("encoder_attn_layer_norm") : null,
            FeedForwardNorm = Norm("final_layer_norm"),
            DropoutRate = (float)config.Dropout,
            Linears = [.. InOrder(self), .. cross is null ? [] : InOrder(cross), .. feedForward.Linears],
        };

        Normalization Norm(string name) => scope.LayerNorm(name, config.DModel, PostNormStacksConfig.Epsilon);

        static Linear[] InOrder(AttentionLayer attention) => [attention.Key, attention.Value, attention.Query, attention.Output];
    }

    private AttentionLayer BuildAttention(ParameterScope scope, int heads, bool isCausal)
    {
        int headSize = config.DModel / heads;
        return new AttentionLayer
        {
            Query = Project("q_proj"),
            Key = Project("k_proj"),
            Value = Project("v_proj"),
            Output = Project("out_proj"),
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            IsCausal = isCausal,
            DropoutRate = (float)config.AttentionDropout,
        };

        Linear Project(string name) => scope.Linear(name, config.DModel, config.DModel, hasBias: true);
    }
}

/// <summary>The keys that BART and Marian share.</summary>
public abstract record PostNormStacksConfig : ModelConfig
{
    /// <summary>Epsilon of every norm, which has no key.</summary>
    internal const double Epsilon = 1e-5;

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int DModel { get; init; }

    /// <summary>Encoder blocks.</summary>
    [JsonRequired]
    public int EncoderLayers { get; init; }

    /// <summary>Decoder blocks.</summary>
    [JsonRequired]
    public int DecoderLayers { get; init; }

    /// <summary>Heads of the encoder's attention.</summary>
    [JsonRequired]
    public int EncoderAttentionHeads { get; init; }

    /// <summary>Heads of the decoder's attention, to itself and to the encoder.</summary>
    [JsonRequired]
    public int DecoderAttentionHeads { get; init; }

    /// <summary>Width of the encoder's MLP.</summary>
    [JsonRequired]
    public int EncoderFfnDim { get; init; }

    /// <summary>Width of the decoder's MLP.</summary>
    [JsonRequired]
    public int DecoderFfnDim { get; init; }

    /// <summary>Longest sequence of either stack.</summary>
    public int MaxPositionEmbeddings { get; init; } = 1024;

    /// <summary>Activation of the MLPs.</summary>
    public string ActivationFunction { get; init; } = "gelu";

    /// <summary>Whether embeddings are multiplied by the root of their width.</summary>
    public bool ScaleEmbedding { get; init; }

    /// <summary>The token with which every target begins.</summary>
    public int DecoderStartTokenId { get; init; }

    /// <summary>Dropout of embeddings and of what each part adds, in training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Dropout within the MLPs, in training.</summary>
    public double ActivationDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitStd { get; init; } = 0.02;

    /// <inheritdoc/>
    public override ModelConfig StartTargetsWith(int token) => this with { DecoderStartTokenId = token };

    /// <inheritdoc/>
    public override double InitializerStd() => InitStd;
}
