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
            Blocks = BertPattern.Blocks(deberta["encoder"], config, "_proj", positions),
            Head = Classifier(root, config),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static void Check(DebertaV2Config config)
    {
        BertPattern.CheckSizes(config);
        ConfigCheck.Sizes(("type_vocab_size + 1", config.TypeVocabSize + 1));
        ConfigCheck.Rates(("pooler_dropout", config.PoolerDropout), ("cls_dropout", config.ClsDropout ?? 0));
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
public sealed record DebertaV2Config : EncoderConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public DebertaV2Config()
    {
        TypeVocabSize = 0;
        LayerNormEps = 1e-7;
    }

    /// <summary>Width of the embeddings; only that of the hidden states is known.</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>Whether positions are relative; only that is known.</summary>
    public bool RelativeAttention { get; init; } = true;

    /// <summary>Distance from which on all are alike; below 1 it is <see cref="EncoderConfig.MaxPositionEmbeddings"/>.</summary>
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

    /// <summary>Dropout before the classifier in training; null means <see cref="EncoderConfig.HiddenDropoutProb"/>.</summary>
    public double? ClsDropout { get; init; }

    /// <summary>The largest distance.</summary>
    internal int Distance => MaxRelativePositions < 1 ? MaxPositionEmbeddings : MaxRelativePositions;
}
