using System.Text.Json.Serialization;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>DistilBERT (Sanh et al. 2019): BERT of half the blocks, without segments, with a layer before the classifier.</summary>
public sealed class DistilBertArchitecture() : Architecture<DistilBertConfig>(
    "distilbert",
    "distilbert.",
    ModelConfigJson.Default.DistilBertConfig,
    (ModelTask.SequenceClassification, "DistilBertForSequenceClassification"))
{
    private const double Epsilon = 1e-12;

    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName) || tensorName.StartsWith("vocab_", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(DistilBertConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("dim", config.Dim),
            ("hidden_dim", config.HiddenDim),
            ("n_layers", config.NLayers),
            ("n_heads", config.NHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings));
        ConfigCheck.Divisible("dim", config.Dim, "n_heads", config.NHeads);
        ConfigCheck.Rates(
            ("dropout", config.Dropout), ("attention_dropout", config.AttentionDropout), ("seq_classif_dropout", config.SeqClassifDropout));
        var root = new ParameterScope();
        var distilbert = root["distilbert"];
        var embeddings = distilbert["embeddings"];
        int labels = LabelSet.Of(config).Count;
        return new EncoderModel
        {
            TokenEmbedding = embeddings.Embedding("word_embeddings", config.VocabSize, config.Dim),
            PaddingToken = config.PadTokenId,
            PositionEmbedding = embeddings.Embedding("position_embeddings", config.MaxPositionEmbeddings, config.Dim),
            EmbeddingNorm = embeddings.LayerNorm("LayerNorm", config.Dim, Epsilon),
            DropoutRate = (float)config.Dropout,
            Blocks = [.. Enumerable.Range(0, config.NLayers).Select(i => BuildBlock(distilbert["transformer"]["layer"][i], i, config))],
            Head = new ClassificationHead
            {
                Pooler = root.Linear("pre_classifier", config.Dim, config.Dim, hasBias: true),
                PoolerActivation = Activation.Relu,
                Classifier = root.Linear("classifier", labels, config.Dim, hasBias: true),
                DropoutRate = (float)config.SeqClassifDropout,
                Problem = ClassificationProblem.Of(config, labels),
            },
            HiddenSize = config.Dim,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, DistilBertConfig config)
    {
        var self = scope["attention"];
        int headSize = config.Dim / config.NHeads;
        var attention = new AttentionLayer
        {
            Query = self.Linear("q_lin", config.Dim, config.Dim, hasBias: true),
            Key = self.Linear("k_lin", config.Dim, config.Dim, hasBias: true),
            Value = self.Linear("v_lin", config.Dim, config.Dim, hasBias: true),
            Output = self.Linear("out_lin", config.Dim, config.Dim, hasBias: true),
            HeadCount = config.NHeads,
            KeyValueHeadCount = config.NHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            DropoutRate = (float)config.AttentionDropout,
        };
        var feedForward = new FeedForwardLayer
        {
            Up = scope["ffn"].Linear("lin1", config.HiddenDim, config.Dim, hasBias: true),
            Down = scope["ffn"].Linear("lin2", config.Dim, config.HiddenDim, hasBias: true),
            Activation = ActivationNames.Parse("activation", config.Activation),
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PostNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = scope.LayerNorm("sa_layer_norm", config.Dim, Epsilon),
            FeedForwardNorm = scope.LayerNorm("output_layer_norm", config.Dim, Epsilon),
            DropoutRate = (float)config.Dropout,
            AttentionDropoutRate = 0,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }
}

/// <summary>Configuration of <see cref="DistilBertArchitecture"/>.</summary>
public sealed record DistilBertConfig : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public DistilBertConfig()
    {
        PadTokenId = 0;
        TieWordEmbeddings = true;
    }

    /// <summary>Width of the hidden states.</summary>
    [JsonRequired]
    public int Dim { get; init; }

    /// <summary>Width of the MLP.</summary>
    [JsonRequired]
    public int HiddenDim { get; init; }

    /// <summary>Number of blocks.</summary>
    [JsonRequired]
    public int NLayers { get; init; }

    /// <summary>Heads.</summary>
    [JsonRequired]
    public int NHeads { get; init; }

    /// <summary>Length of the position table.</summary>
    public int MaxPositionEmbeddings { get; init; } = 512;

    /// <summary>Activation of the MLP.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Dropout of embeddings and of what the MLP adds, in training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout of attention probabilities, in training.</summary>
    public double AttentionDropout { get; init; } = 0.1;

    /// <summary>Dropout before the classifier, in training.</summary>
    public double SeqClassifDropout { get; init; } = 0.2;

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { HiddenDim = sizes.IntermediateSize };
}
