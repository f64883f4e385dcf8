using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>DeBERTa v2 and v3 (He et al. 2021, 2023): BERT whose attention scores contents against relative positions too.</summary>
public sealed class DebertaV2Architecture() : Architecture<DebertaV2Config>(
    "deberta-v2",
    "deberta.",
    ModelConfigJson.Default.DebertaV2Config,
    (ModelTask.SequenceClassification, "DebertaV2ForSequenceClassification"))
{
    /// <summary>Content against content, content against position, position against content.</summary>
    private const int KindsOfScores = 3;

    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName)
        || tensorName.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
        || tensorName.EndsWith("embeddings.position_embeddings.weight", StringComparison.Ordinal)
        || tensorName.StartsWith("mask_predictions.", StringComparison.Ordinal)
        || tensorName.StartsWith("lm_predictions.", StringComparison.Ordinal)
        || tensorName.StartsWith("cls.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(DebertaV2Config config)
    {
        Check(config);
        var root = new ParameterScope();
        var deberta = root["deberta"];
        var embeddings = deberta["embeddings"];
        bool isBucketed = config.PositionBuckets > 0;
        var positions = new DisentangledPositions(
            deberta["encoder"].Embedding("rel_embeddings", 2 * (isBucketed ? config.PositionBuckets : config.Distance), config.HiddenSize),
            config.NormRelEbd == "layer_norm" ? deberta["encoder"].LayerNorm("LayerNorm", config.HiddenSize, config.LayerNormEps) : null,
            isBucketed,
            config.Distance)
        {
            DropoutRate = (float)config.HiddenDropoutProb,
        };
        return new EncoderModel
        {
            TokenEmbedding = embeddings.Embedding("word_embeddings", config.VocabSize, config.HiddenSize),
            PaddingToken = config.PadTokenId,
            PositionEmbedding = config.PositionBiasedInput
                ? embeddings.Embedding("position_embeddings", config.MaxPositionEmbeddings, config.HiddenSize)
                : null,
            TokenTypeEmbedding = config.TypeVocabSize > 0
                ? embeddings.Embedding("token_type_embeddings", config.TypeVocabSize, config.HiddenSize)
                : null,
            EmbeddingNorm = embeddings.LayerNorm("LayerNorm", config.HiddenSize, config.LayerNormEps),
            DropoutRate = (float)config.HiddenDropoutProb,
            Blocks =
            [
                .. Enumerable.Range(0, config.NumHiddenLayers).Select(i => BuildBlock(deberta["encoder"]["layer"][i], i, config, positions)),
            ],
            Head = Classifier(root, config),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static void Check(DebertaV2Config config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("intermediate_size", config.IntermediateSize),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings),
            ("type_vocab_size + 1", config.TypeVocabSize + 1));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        ConfigCheck.Rates(
            ("hidden_dropout_prob", config.HiddenDropoutProb),
            ("attention_probs_dropout_prob", config.AttentionProbsDropoutProb),
            ("pooler_dropout", config.PoolerDropout),
            ("cls_dropout", config.ClsDropout ?? 0));
        Require("relative_attention", config.RelativeAttention, "true");
        Require("share_att_key", config.ShareAttKey, "true");
        Require("pos_att_type", config.PosAttType.Order(StringComparer.Ordinal).SequenceEqual(["c2p", "p2c"]), "c2p and p2c");
        Require("conv_kernel_size", config.ConvKernelSize is null or 0, "0");
        Require("norm_rel_ebd", config.NormRelEbd is "layer_norm" or "none", "layer_norm or none");
        Require("embedding_size", (config.EmbeddingSize ?? config.HiddenSize) == config.HiddenSize, "hidden_size");
        if (config.PositionBuckets > 0 && (config.PositionBuckets < 4 || config.Distance - 1 <= config.PositionBuckets / 2))
        {
            throw ConfigCheck.Invalid("position_buckets", $"{config.PositionBuckets}", "4 or more, and less than twice the largest distance");
        }
    }

    private static void Require(string key, bool holds, string expected)
    {
        if (!holds)
        {
            throw ConfigCheck.Unsupported(key, "another", expected);
        }
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, DebertaV2Config config, DisentangledPositions positions)
    {
        int hidden = config.HiddenSize;
        int headSize = hidden / config.NumAttentionHeads;
        var self = scope["attention"]["self"];
        var attention = new AttentionLayer
        {
            Query = self.Linear("query_proj", hidden, hidden, hasBias: true),
            Key = self.Linear("key_proj", hidden, hidden, hasBias: true),
            Value = self.Linear("value_proj", hidden, hidden, hasBias: true),
            Output = scope["attention"]["output"].Linear("dense", hidden, hidden, hasBias: true),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = config.NumAttentionHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize * KindsOfScores),
            DropoutRate = (float)config.AttentionProbsDropoutProb,
            Disentangled = positions,
        };
        var feedForward = new FeedForwardLayer
        {
            Up = scope["intermediate"].Linear("dense", config.IntermediateSize, hidden, hasBias: true),
            Down = scope["output"].Linear("dense", hidden, config.IntermediateSize, hasBias: true),
            Activation = ActivationNames.Parse("hidden_act", config.HiddenAct),
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PostNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = scope["attention"]["output"].LayerNorm("LayerNorm", hidden, config.LayerNormEps),
            FeedForwardNorm = scope["output"].LayerNorm("LayerNorm", hidden, config.LayerNormEps),
            DropoutRate = (float)config.HiddenDropoutProb,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }

    private static ClassificationHead Classifier(ParameterScope root, DebertaV2Config config)
    {
        int labels = LabelSet.Of(config).Count;
        return new ClassificationHead
        {
            Pooler = root["pooler"].Linear("dense", config.HiddenSize, config.HiddenSize, hasBias: true),
            PoolerActivation = ActivationNames.Parse("pooler_hidden_act", config.PoolerHiddenAct),
            PoolerDropoutRate = (float)config.PoolerDropout,
            Classifier = root.Linear("classifier", labels, config.HiddenSize, hasBias: true),
            DropoutRate = (float)(config.ClsDropout ?? config.HiddenDropoutProb),
            Problem = ClassificationProblem.Of(config, labels),
        };
    }
}

/// <summary>Configuration of <see cref="DebertaV2Architecture"/>.</summary>
public sealed record DebertaV2Config : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public DebertaV2Config()
    {
        PadTokenId = 0;
        TieWordEmbeddings = true;
    }

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int HiddenSize { get; init; }

    /// <summary>Width of the MLP.</summary>
    [JsonRequired]
    public int IntermediateSize { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NumHiddenLayers { get; init; }

    /// <summary>Heads.</summary>
    [JsonRequired]
    public int NumAttentionHeads { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public int MaxPositionEmbeddings { get; init; } = 512;

    /// <summary>Number of segments; 0 tells none apart.</summary>
    public int TypeVocabSize { get; init; }

    /// <summary>Width of the embeddings; only that of the hidden states is known.</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>Activation of the MLP.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Epsilon of every norm.</summary>
    public double LayerNormEps { get; init; } = 1e-7;

    /// <summary>Whether positions are relative; only that is known.</summary>
    public bool RelativeAttention { get; init; } = true;

    /// <summary>Distance from which on all are alike; below 1 it is <see cref="MaxPositionEmbeddings"/>.</summary>
    public int MaxRelativePositions { get; init; } = -1;

    /// <summary>Rows for the distances to one side; below 1 each distance has its own.</summary>
    public int PositionBuckets { get; init; } = -1;

    /// <summary>Whether absolute positions are added to the embeddings.</summary>
    public bool PositionBiasedInput { get; init; } = true;

    /// <summary>Which scores there are beside those between contents: <c>c2p</c> and <c>p2c</c>, both.</summary>
    [JsonConverter(typeof(NameListConverter))]
    public IReadOnlyList<string> PosAttType { get; init; } = [];

    /// <summary>Whether positions go through the projections of contents; only that is known.</summary>
    public bool ShareAttKey { get; init; }

    /// <summary>Norm of the table of positions: <c>layer_norm</c> or <c>none</c>.</summary>
    public string NormRelEbd { get; init; } = "none";

    /// <summary>Width of a convolution beside the first block; only 0, none, is known.</summary>
    public int? ConvKernelSize { get; init; }

    /// <summary>Activation before the classifier.</summary>
    public string PoolerHiddenAct { get; init; } = "gelu";

    /// <summary>Dropout before the layer before the classifier, in training.</summary>
    public double PoolerDropout { get; init; }

    /// <summary>Dropout before the classifier in training; null means <see cref="HiddenDropoutProb"/>.</summary>
    public double? ClsDropout { get; init; }

    /// <summary>Dropout of embeddings and of what attention and MLP add, in training.</summary>
    public double HiddenDropoutProb { get; init; } = 0.1;

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionProbsDropoutProb { get; init; } = 0.1;

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The largest distance.</summary>
    internal int Distance => MaxRelativePositions < 1 ? MaxPositionEmbeddings : MaxRelativePositions;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { IntermediateSize = sizes.IntermediateSize };
}
