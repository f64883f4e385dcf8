using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Builds the LLaMA pattern (Touvron et al. 2023): blocks with RMS norms, rotary grouped-query attention and a gated MLP or experts. The
/// properties are where the families differ; each starts from what LLaMA has.
/// </summary>
/// <param name="config">The sizes.</param>
public sealed class GatedDecoder(GatedDecoderConfig config)
{
    private readonly int headSize = config.HeadDim ?? (config.HiddenSize / Math.Max(1, config.NumAttentionHeads));
    private readonly int keyValueHeads = config.NumKeyValueHeads ?? config.NumAttentionHeads;

    /// <summary>Whether query, key and value projections have biases.</summary>
    public bool HasInputBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool HasOutputBias { get; init; }

    /// <summary>Whether the MLP's layers have biases.</summary>
    public bool HasFeedForwardBias { get; init; }

    /// <summary>Whether queries, keys and values share a stored tensor, and gate and up projection another (Phi-3).</summary>
    public bool HasFusedProjections { get; init; }

    /// <summary>Which norms queries and keys have before rotation.</summary>
    public QueryKeyNorms QueryKeyNorms { get; init; }

    /// <summary>Where the norms of a block are.</summary>
    public NormPlacement Norms { get; init; }

    /// <summary>Whether norms multiply by one more than their weight.</summary>
    public bool HasUnitOffset { get; init; }

    /// <summary>Factor on token embeddings.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>The number whose inverse root scales the scores; null means the width of a head.</summary>
    public double? ScoreScalar { get; init; }

    /// <summary>Bound of the scores.</summary>
    public double? ScoreSoftCap { get; init; }

    /// <summary>Bound of the logits.</summary>
    public double? LogitSoftCap { get; init; }

    /// <summary>Dropout of what attention and MLP add, in training.</summary>
    public double ResidualDropout { get; init; }

    /// <summary>Dropout of the embeddings, in training.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>Name of the gate's activation.</summary>
    public string ActivationName { get; init; } = config.HiddenAct;

    /// <summary>Sliding window of each block.</summary>
    public Func<int, int?> Window { get; init; } = _ => null;

    /// <summary>Rotary embedding of each block, null for none; left out, all blocks share what the configuration says.</summary>
    public Func<int, RotaryEmbedding?>? Rotary { get; init; }

    /// <summary>What stands in the place of the gated MLP of a block, from its number and scope; left out or null, the gated MLP.</summary>
    public Func<int, ParameterScope, IFeedForward?> FeedForward { get; init; } = (_, _) => null;

    /// <summary>Builds the skeleton.</summary>
    /// <exception cref="Core.InvalidInputException">A value makes no sense or is not supported.</exception>
    public CausalLanguageModel Build()
    {
        Check();
        var root = new ParameterScope();
        var model = root["model"];
        var shared = Rotary is null ? Embed(LayerTypes.Full) : null;
        var rotary = Rotary ?? (_ => shared);
        var embedding = model.TokenEmbedding("embed_tokens", config.VocabSize, config.HiddenSize, config.TieWordEmbeddings, "lm_head");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            PaddingToken = config.PadTokenId,
            EmbeddingScale = EmbeddingScale,
            DropoutRate = (float)EmbeddingDropout,
            Blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => BuildBlock(model["layers"][i], i, rotary(i)))],
            FinalNorm = Norm(model, "norm", config.HiddenSize),
            Head = root.Head("lm_head", embedding, config.HiddenSize, config.TieWordEmbeddings),
            LogitSoftCap = (float?)LogitSoftCap,
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    /// <summary>The rotary embedding that the configuration describes for one kind of attention.</summary>
    /// <param name="layerType">The kind.</param>
    /// <param name="originalPositions">The context before stretching, where the configuration has a key of its own for it.</param>
    /// <param name="partialFactor">Share of each head's features that is rotated, where the configuration has a key of its own for it.</param>
    /// <exception cref="Core.InvalidInputException">A value makes no sense or is not supported.</exception>
    public RotaryEmbedding Embed(string layerType, int? originalPositions = null, double partialFactor = 1)
    {
        var scaling = RotaryScaling.Of(config.RopeScaling, config.RopeParameters, layerType);
        if (originalPositions is { } original && scaling is not null)
        {
            scaling = scaling with { OriginalMaxPositionEmbeddings = original };
        }

        int size = (int)(headSize * (scaling?.PartialRotaryFactor ?? partialFactor));
        return RotaryScaling.Embed(size, config.RopeTheta, scaling, config.MaxPositionEmbeddings);
    }

    /// <summary>A gated MLP of any width.</summary>
    /// <param name="scope">The scope of its layers.</param>
    /// <param name="size">Intermediate neurons.</param>
    /// <param name="gate">Name of the gate projection.</param>
    /// <param name="up">Name of the up projection.</param>
    /// <param name="down">Name of the down projection.</param>
    public FeedForwardLayer GatedLayer(
        ParameterScope scope, int size, string gate = "gate_proj", string up = "up_proj", string down = "down_proj") => new()
        {
            Gate = scope.Linear(gate, size, config.HiddenSize, HasFeedForwardBias),
            Up = scope.Linear(up, size, config.HiddenSize, HasFeedForwardBias),
            Down = scope.Linear(down, config.HiddenSize, size, HasFeedForwardBias),
            Activation = ActivationNames.Parse("hidden_act", ActivationName),
        };

    private void Check()
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("intermediate_size", config.IntermediateSize),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("num_key_value_heads", keyValueHeads),
            ("head_dim", headSize),
            ("max_position_embeddings", config.MaxPositionEmbeddings));
        ConfigCheck.Product(("num_attention_heads", config.NumAttentionHeads), ("head_dim", headSize));
        ConfigCheck.Rates(
            ("attention_dropout", config.AttentionDropout), ("resid_pdrop", ResidualDropout), ("embd_pdrop", EmbeddingDropout));
        ConfigCheck.Divisible("num_attention_heads", config.NumAttentionHeads, "num_key_value_heads", keyValueHeads);
        ConfigCheck.Positive(
            ("query_pre_attn_scalar", ScoreScalar ?? 1), ("attn_logit_softcapping", ScoreSoftCap ?? 1), ("final_logit_softcapping", LogitSoftCap ?? 1));
        LayerTypes.Check(config.LayerTypes, config.NumHiddenLayers);
        if (config.HeadDim is null)
        {
            ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        }
    }

    private TransformerBlock BuildBlock(ParameterScope scope, int index, RotaryEmbedding? rotary)
    {
        var attention = BuildAttention(scope["self_attn"], index, rotary);
        var feedForward = FeedForward(index, scope) ?? BuildFeedForward(scope["mlp"]);
        bool isBefore = Norms != NormPlacement.AfterParts;
        bool isAfter = Norms != NormPlacement.BeforeParts;
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = isBefore ? Norm(scope, "input_layernorm", config.HiddenSize) : null,
            AttentionOutputNorm = isAfter ? Norm(scope, "post_attention_layernorm", config.HiddenSize) : null,
            FeedForwardNorm = isBefore ? Norm(scope, isAfter ? "pre_feedforward_layernorm" : "post_attention_layernorm", config.HiddenSize) : null,
            FeedForwardOutputNorm = isAfter ? Norm(scope, "post_feedforward_layernorm", config.HiddenSize) : null,
            DropoutRate = (float)ResidualDropout,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }

    private AttentionLayer BuildAttention(ParameterScope scope, int index, RotaryEmbedding? rotary)
    {
        int queryWidth = config.NumAttentionHeads * headSize;
        int keyWidth = keyValueHeads * headSize;
        bool isWhole = QueryKeyNorms == QueryKeyNorms.WholeProjection;
        bool hasNorms = QueryKeyNorms != QueryKeyNorms.None;
        var parts = HasFusedProjections
            ? scope.FusedRows("qkv_proj", config.HiddenSize, HasInputBias, ("query", queryWidth), ("key", keyWidth), ("value", keyWidth))
            :
            [
                scope.Linear("q_proj", queryWidth, config.HiddenSize, HasInputBias),
                scope.Linear("k_proj", keyWidth, config.HiddenSize, HasInputBias),
                scope.Linear("v_proj", keyWidth, config.HiddenSize, HasInputBias),
            ];
        return new AttentionLayer
        {
            Query = parts[0],
            Key = parts[1],
            Value = parts[2],
            Output = scope.Linear("o_proj", config.HiddenSize, queryWidth, HasOutputBias),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            Scale = (float)(1 / Math.Sqrt(ScoreScalar ?? headSize)),
            SoftCap = (float?)ScoreSoftCap,
            IsCausal = true,
            DropoutRate = (float)config.AttentionDropout,
            Window = Window(index),
            Rotary = rotary,
            QueryNorm = hasNorms ? Norm(scope, "q_norm", isWhole ? queryWidth : headSize) : null,
            KeyNorm = hasNorms ? Norm(scope, "k_norm", isWhole ? keyWidth : headSize) : null,
        };
    }

    private FeedForwardLayer BuildFeedForward(ParameterScope scope)
    {
        if (!HasFusedProjections)
        {
            return GatedLayer(scope, config.IntermediateSize);
        }

        var parts = scope.FusedRows(
            "gate_up_proj", config.HiddenSize, HasFeedForwardBias, ("gate", config.IntermediateSize), ("up", config.IntermediateSize));
        return new FeedForwardLayer
        {
            Gate = parts[0],
            Up = parts[1],
            Down = scope.Linear("down_proj", config.HiddenSize, config.IntermediateSize, HasFeedForwardBias),
            Activation = ActivationNames.Parse("hidden_act", ActivationName),
        };
    }

    private Normalization Norm(ParameterScope scope, string name, int size) =>
        scope.RmsNorm(name, size, config.RmsNormEps, HasUnitOffset);
}
