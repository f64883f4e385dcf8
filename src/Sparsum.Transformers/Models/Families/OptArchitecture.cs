using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// OPT (Zhang et al. 2022): learned positions that count the attention mask, plain MLP. The 350m model has its norms after the residuals
/// and embeddings narrower than its hidden states.
/// </summary>
public sealed class OptArchitecture() : Architecture<OptConfig>(
    "opt",
    "model.",
    ModelConfigJson.Default.OptConfig,
    (ModelTask.CausalLanguageModeling, "OPTForCausalLM"),
    (ModelTask.SequenceClassification, "OPTForSequenceClassification"))
{
    /// <summary>Row of the position table that belongs to position 0.</summary>
    private const int PositionOffset = 2;

    private const double Epsilon = 1e-5;

    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName) || tensorName.StartsWith("lm_head.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(OptConfig config)
    {
        int width = config.WordEmbedProjDim ?? config.HiddenSize;
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("ffn_dim", config.FfnDim),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings),
            ("word_embed_proj_dim", width));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        ConfigCheck.Rates(("dropout", config.Dropout), ("attention_dropout", config.AttentionDropout));
        if (!config.LayerNormElementwiseAffine)
        {
            throw ConfigCheck.Unsupported("layer_norm_elementwise_affine", "false", "true");
        }

        var root = new ParameterScope();
        var decoder = root["model"]["decoder"];
        var activation = ActivationNames.Parse("activation_function", config.ActivationFunction);
        var embedding = decoder.TokenEmbedding("embed_tokens", config.VocabSize, width, config.TieWordEmbeddings, "lm_head");
        bool isNarrow = width != config.HiddenSize;
        bool hasFinalNorm = config.DoLayerNormBefore && !config.RemoveFinalLayerNorm;
        var positions = decoder.Embedding("embed_positions", config.MaxPositionEmbeddings + PositionOffset, config.HiddenSize);
        var projectIn = isNarrow ? decoder.Linear("project_in", config.HiddenSize, width, hasBias: false) : null;
        var projectOut = isNarrow ? decoder.Linear("project_out", width, config.HiddenSize, hasBias: false) : null;
        var finalNorm = hasFinalNorm ? decoder.LayerNorm("final_layer_norm", config.HiddenSize, Epsilon) : null;
        TransformerBlock[] blocks =
            [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => BuildBlock(decoder["layers"][i], i, config, activation))];
        if (TaskOf(config) == ModelTask.SequenceClassification)
        {
            return new DecoderClassifier
            {
                TokenEmbedding = embedding,
                PaddingToken = config.PadTokenId,
                PositionEmbedding = positions,
                PositionOffset = PositionOffset,
                PositionRule = PositionRule.MaskCount,
                ProjectIn = projectIn,
                Blocks = blocks,
                FinalNorm = finalNorm,
                ProjectOut = projectOut,
                Head = ClassifierHead(root, config, width),
                HiddenSize = config.HiddenSize,
                MaxPositions = config.MaxPositionEmbeddings,
            };
        }

        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            PaddingToken = config.PadTokenId,
            PositionEmbedding = positions,
            PositionOffset = PositionOffset,
            PositionRule = PositionRule.MaskCount,
            ProjectIn = projectIn,
            Blocks = blocks,
            FinalNorm = finalNorm,
            ProjectOut = projectOut,
            Head = root.Head("lm_head", embedding, width, config.TieWordEmbeddings),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static ClassificationHead ClassifierHead(ParameterScope root, OptConfig config, int width)
    {
        int labels = LabelSet.Of(config).Count;
        return new ClassificationHead
        {
            Classifier = root.Linear("score", labels, width, hasBias: false),
            ReadsLastToken = true,
            PaddingToken = config.PadTokenId,
            Problem = ClassificationProblem.Of(config, labels),
        };
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, OptConfig config, Activation activation)
    {
        int headSize = config.HiddenSize / config.NumAttentionHeads;
        var self = scope["self_attn"];
        var attention = new AttentionLayer
        {
            Query = Project("q_proj"),
            Key = Project("k_proj"),
            Value = Project("v_proj"),
            Output = Project("out_proj"),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = config.NumAttentionHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            IsCausal = true,
            DropoutRate = (float)config.AttentionDropout,
        };
        var feedForward = new FeedForwardLayer
        {
            Up = scope.Linear("fc1", config.FfnDim, config.HiddenSize, config.EnableBias),
            Down = scope.Linear("fc2", config.HiddenSize, config.FfnDim, config.EnableBias),
            Activation = activation,
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = config.DoLayerNormBefore ? BlockStyle.PreNorm : BlockStyle.PostNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = scope.LayerNorm("self_attn_layer_norm", config.HiddenSize, Epsilon),
            FeedForwardNorm = scope.LayerNorm("final_layer_norm", config.HiddenSize, Epsilon),
            DropoutRate = (float)config.Dropout,
            Linears = [attention.Key, attention.Value, attention.Query, attention.Output, .. feedForward.Linears],
        };

        Linear Project(string name) => self.Linear(name, config.HiddenSize, config.HiddenSize, config.EnableBias);
    }
}
