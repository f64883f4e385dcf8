using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Builds the LLaMA pattern (Touvron et al. 2023): pre-norm blocks with RMS norm, rotary grouped-query attention and a gated MLP. The
/// properties are where the families differ.
/// </summary>
internal sealed class GatedDecoder(GatedDecoderConfig config)
{
    private readonly int headSize = config.HeadDim ?? (config.HiddenSize / Math.Max(1, config.NumAttentionHeads));
    private readonly int keyValueHeads = config.NumKeyValueHeads ?? config.NumAttentionHeads;

    /// <summary>Whether query, key and value projections have biases.</summary>
    public bool HasInputBias { get; init; }

    /// <summary>Whether the attention's output projection has a bias.</summary>
    public bool HasOutputBias { get; init; }

    /// <summary>Whether the MLP's layers have biases.</summary>
    public bool HasFeedForwardBias { get; init; }

    /// <summary>Whether each query and key head is normalised before rotation.</summary>
    public bool HasHeadNorms { get; init; }

    /// <summary>Whether norms multiply by one more than their weight.</summary>
    public bool HasUnitOffset { get; init; }

    /// <summary>Factor on token embeddings.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>Name of the gate's activation.</summary>
    public string ActivationName { get; init; } = config.HiddenAct;

    /// <summary>Sliding window of each block.</summary>
    public Func<int, int?> Window { get; init; } = _ => null;

    /// <summary>Builds the skeleton.</summary>
    /// <exception cref="Core.InvalidInputException">A value makes no sense or is not supported.</exception>
    public CausalLanguageModel Build()
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
        ConfigCheck.Rates(("attention_dropout", config.AttentionDropout));
        ConfigCheck.Divisible("num_attention_heads", config.NumAttentionHeads, "num_key_value_heads", keyValueHeads);
        if (config.HeadDim is null)
        {
            ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        }

        var root = new ParameterScope();
        var model = root["model"];
        var rotary = RotaryScaling.Embed(headSize, config.RopeTheta, config.RopeParameters ?? config.RopeScaling);
        var activation = ActivationNames.Parse("hidden_act", ActivationName);
        var embedding = model.TokenEmbedding("embed_tokens", config.VocabSize, config.HiddenSize, config.TieWordEmbeddings, "lm_head");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            PaddingToken = config.PadTokenId,
            EmbeddingScale = EmbeddingScale,
            Blocks = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => BuildBlock(model["layers"][i], i, rotary, activation))],
            FinalNorm = Norm(model, "norm", config.HiddenSize),
            Head = root.Head("lm_head", embedding, config.HiddenSize, config.TieWordEmbeddings),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private TransformerBlock BuildBlock(ParameterScope scope, int index, RotaryEmbedding rotary, Activation activation)
    {
        var self = scope["self_attn"];
        int queryWidth = config.NumAttentionHeads * headSize;
        int keyWidth = keyValueHeads * headSize;
        var attention = new AttentionLayer
        {
            Query = self.Linear("q_proj", queryWidth, config.HiddenSize, HasInputBias),
            Key = self.Linear("k_proj", keyWidth, config.HiddenSize, HasInputBias),
            Value = self.Linear("v_proj", keyWidth, config.HiddenSize, HasInputBias),
            Output = self.Linear("o_proj", config.HiddenSize, queryWidth, HasOutputBias),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            IsCausal = true,
            DropoutRate = (float)config.AttentionDropout,
            Window = Window(index),
            Rotary = rotary,
            QueryNorm = HasHeadNorms ? Norm(self, "q_norm", headSize) : null,
            KeyNorm = HasHeadNorms ? Norm(self, "k_norm", headSize) : null,
        };
        var mlp = scope["mlp"];
        var feedForward = new FeedForwardLayer
        {
            Gate = mlp.Linear("gate_proj", config.IntermediateSize, config.HiddenSize, HasFeedForwardBias),
            Up = mlp.Linear("up_proj", config.IntermediateSize, config.HiddenSize, HasFeedForwardBias),
            Down = mlp.Linear("down_proj", config.HiddenSize, config.IntermediateSize, HasFeedForwardBias),
            Activation = activation,
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = Norm(scope, "input_layernorm", config.HiddenSize),
            FeedForwardNorm = Norm(scope, "post_attention_layernorm", config.HiddenSize),
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }

    private Normalization Norm(ParameterScope scope, string name, int size) =>
        scope.RmsNorm(name, size, config.RmsNormEps, HasUnitOffset);
}
