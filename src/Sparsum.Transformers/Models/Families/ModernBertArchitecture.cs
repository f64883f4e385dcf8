using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// ModernBERT (Warner et al. 2024): rotary positions, norms before both parts and none before the first, a gated MLP, and two blocks that
/// see a window around each token to one that sees all.
/// </summary>
public sealed class ModernBertArchitecture() : Architecture<ModernBertConfig>(
    "modernbert",
    "model.",
    ModelConfigJson.Default.ModernBertConfig,
    (ModelTask.SequenceClassification, "ModernBertForSequenceClassification"))
{
    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) => base.IsIgnored(tensorName) || tensorName.StartsWith("decoder.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(ModernBertConfig config)
    {
        Check(config);
        var types = config.LayerTypes
            ?? [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => i % config.GlobalAttnEveryNLayers == 0 ? LayerTypes.Full : LayerTypes.Sliding)];
        var rotary = types.Distinct().ToDictionary(type => type, type => Embed(config, type));
        var root = new ParameterScope();
        var model = root["model"];
        return new EncoderModel
        {
            TokenEmbedding = model["embeddings"].Embedding("tok_embeddings", config.VocabSize, config.HiddenSize),
            PaddingToken = config.PadTokenId,
            EmbeddingNorm = Norm(model["embeddings"], "norm", config),
            DropoutRate = (float)config.EmbeddingDropout,
            Blocks =
            [
                .. Enumerable.Range(0, config.NumHiddenLayers)
                    .Select(i => BuildBlock(model["layers"][i], i, config, rotary[types[i]], types[i] == LayerTypes.Sliding)),
            ],
            FinalNorm = Norm(model, "final_norm", config),
            Head = Classifier(root, config),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static void Check(ModernBertConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("intermediate_size", config.IntermediateSize),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings),
            ("local_attention", config.LocalAttention),
            ("global_attn_every_n_layers", config.GlobalAttnEveryNLayers));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        ConfigCheck.Rates(
            ("attention_dropout", config.AttentionDropout),
            ("embedding_dropout", config.EmbeddingDropout),
            ("mlp_dropout", config.MlpDropout),
            ("classifier_dropout", config.ClassifierDropout));
        LayerTypes.Check(config.LayerTypes, config.NumHiddenLayers);
        if (config.ClassifierPooling != "cls")
        {
            throw ConfigCheck.Unsupported("classifier_pooling", $"'{config.ClassifierPooling}'", "cls");
        }
    }

    private static RotaryEmbedding Embed(ModernBertConfig config, string type)
    {
        double theta = type == LayerTypes.Full ? config.GlobalRopeTheta : config.LocalRopeTheta ?? config.GlobalRopeTheta;
        var scaling = RotaryScaling.Of(config.RopeScaling, config.RopeParameters, type);
        return RotaryScaling.Embed(config.HiddenSize / config.NumAttentionHeads, theta, scaling, config.MaxPositionEmbeddings);
    }

    private static ClassificationHead Classifier(ParameterScope root, ModernBertConfig config)
    {
        int labels = LabelSet.Of(config).Count;
        return new ClassificationHead
        {
            Pooler = root["head"].Linear("dense", config.HiddenSize, config.HiddenSize, config.ClassifierBias),
            PoolerActivation = ActivationNames.Parse("classifier_activation", config.ClassifierActivation),
            PoolerNorm = Norm(root["head"], "norm", config),
            Classifier = root.Linear("classifier", labels, config.HiddenSize, hasBias: true),
            DropoutRate = (float)config.ClassifierDropout,
            Problem = ClassificationProblem.Of(config, labels),
        };
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, ModernBertConfig config, RotaryEmbedding rotary, bool isLocal)
    {
        int hidden = config.HiddenSize;
        int headSize = hidden / config.NumAttentionHeads;
        int reach = config.LocalAttention / 2;
        var parts = scope["attn"].FusedRows("Wqkv", hidden, config.AttentionBias, ("query", hidden), ("key", hidden), ("value", hidden));
        var attention = new AttentionLayer
        {
            Query = parts[0],
            Key = parts[1],
            Value = parts[2],
            Output = scope["attn"].Linear("Wo", hidden, hidden, config.AttentionBias),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = config.NumAttentionHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            Window = isLocal ? reach + 1 : null,
            LookAhead = isLocal ? reach : null,
            DropoutRate = (float)config.AttentionDropout,
            Rotary = rotary,
        };
        var inner = scope["mlp"].FusedRows("Wi", hidden, config.MlpBias, ("gate", config.IntermediateSize), ("up", config.IntermediateSize));
        var feedForward = new FeedForwardLayer
        {
            Gate = inner[0],
            Up = inner[1],
            Down = scope["mlp"].Linear("Wo", hidden, config.IntermediateSize, config.MlpBias),
            Activation = ActivationNames.Parse("hidden_activation", config.HiddenActivation),
            DropoutRate = (float)config.MlpDropout,
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = index == 0 ? null : Norm(scope, "attn_norm", config),
            FeedForwardNorm = Norm(scope, "mlp_norm", config),
            DropoutRate = 0,
            AttentionDropoutRate = (float)config.AttentionDropout,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }

    private static Normalization Norm(ParameterScope scope, string name, ModernBertConfig config) =>
        scope.LayerNorm(name, config.HiddenSize, config.NormEps, config.NormBias);
}

/// <summary>Configuration of <see cref="ModernBertArchitecture"/>.</summary>
public sealed record ModernBertConfig : ModelConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public ModernBertConfig()
    {
        PadTokenId = 50_283;
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
    public int MaxPositionEmbeddings { get; init; } = 8192;

    /// <summary>Activation of the gate.</summary>
    public string HiddenActivation { get; init; } = "gelu";

    /// <summary>Epsilon of every norm.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Whether norms have an offset.</summary>
    public bool NormBias { get; init; }

    /// <summary>Whether the attention's layers have biases.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the MLP's layers have biases.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Width of the window around a token.</summary>
    public int LocalAttention { get; init; } = 128;

    /// <summary>From the first on every block of this number sees all, in files that do not list the kinds.</summary>
    public int GlobalAttnEveryNLayers { get; init; } = 3;

    /// <summary>The kind of attention of each block, in files that list it.</summary>
    public IReadOnlyList<string>? LayerTypes { get; init; }

    /// <summary>Base of the rotary frequencies in blocks that see all.</summary>
    public double GlobalRopeTheta { get; init; } = 160_000;

    /// <summary>The same in blocks with a window; null means the same base.</summary>
    public double? LocalRopeTheta { get; init; } = 10_000;

    /// <summary>Stretching of the rotary frequencies.</summary>
    public RotaryScaling? RopeScaling { get; init; }

    /// <summary>The same under the key of newer files, which counts where the older one says nothing.</summary>
    public RotaryScaling? RopeParameters { get; init; }

    /// <summary>What of a sequence is classified; only <c>cls</c>, its first token, is known.</summary>
    public string ClassifierPooling { get; init; } = "cls";

    /// <summary>Activation before the classifier.</summary>
    public string ClassifierActivation { get; init; } = "gelu";

    /// <summary>Whether the layer before the classifier has a bias.</summary>
    public bool ClassifierBias { get; init; }

    /// <summary>Dropout before the classifier, in training.</summary>
    public double ClassifierDropout { get; init; }

    /// <summary>Dropout of attention probabilities and of what attention adds, in training.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Dropout of the embeddings, in training.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>Dropout within the MLP, in training.</summary>
    public double MlpDropout { get; init; }

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <inheritdoc/>
    public override double InitializerStd() => InitializerRange;

    /// <inheritdoc/>
    public override ModelConfig Resize(LayerSizes sizes) => this with { IntermediateSize = sizes.IntermediateSize };
}
