using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// RoBERTa (Liu et al. 2019): BERT whose positions count tokens from behind the padding id, with one segment and a classifier of two layers.
/// </summary>
public sealed class RobertaArchitecture() : Architecture<RobertaConfig>(
    "roberta",
    "roberta.",
    ModelConfigJson.Default.RobertaConfig,
    (ModelTask.SequenceClassification, "RobertaForSequenceClassification"),
    (ModelTask.MaskedLanguageModeling, "RobertaForMaskedLM"))
{
    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName)
        || tensorName.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
        || tensorName.StartsWith("lm_head.", StringComparison.Ordinal)
        || tensorName.StartsWith("roberta.pooler.", StringComparison.Ordinal)
        || tensorName.StartsWith("pooler.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(RobertaConfig config)
    {
        BertPattern.Check(config);
        int padding = config.PadTokenId ?? 1;
        if (padding < 0 || padding >= config.VocabSize || config.MaxPositionEmbeddings < padding + 2)
        {
            throw ConfigCheck.Invalid(
                "pad_token_id", FormattableString.Invariant($"{padding}"), "a token, below max_position_embeddings less one");
        }

        var root = new ParameterScope();
        var roberta = root["roberta"];
        var embeddings = roberta["embeddings"];
        var words = embeddings.TokenEmbedding(
            "word_embeddings", config.VocabSize, config.HiddenSize, config.TieWordEmbeddings, "lm_head.decoder");
        return new EncoderModel
        {
            TokenEmbedding = words,
            PaddingToken = padding,
            PositionEmbedding = embeddings.Embedding("position_embeddings", config.MaxPositionEmbeddings, config.HiddenSize),
            PositionRule = PositionRule.TokenCount,
            PositionOffset = padding + 1,
            UntrainedPosition = -1,
            TokenTypeEmbedding = embeddings.Embedding("token_type_embeddings", config.TypeVocabSize, config.HiddenSize),
            EmbeddingNorm = embeddings.LayerNorm("LayerNorm", config.HiddenSize, config.LayerNormEps),
            DropoutRate = (float)config.HiddenDropoutProb,
            Blocks = BertPattern.Blocks(roberta["encoder"], config),
            Head = TaskOf(config) == ModelTask.MaskedLanguageModeling
                ? MaskedTokenHead(root["lm_head"], config, words)
                : BertPattern.TwoLayerClassifier(root["classifier"], config, Activation.Tanh),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings - padding - 1,
        };
    }

    private static MaskedLanguageModelHead MaskedTokenHead(ParameterScope scope, RobertaConfig config, Parameter words) => new()
    {
        Transform = scope.Linear("dense", config.HiddenSize, config.HiddenSize, hasBias: true),
        Activation = Activation.GeluErf,
        Norm = scope.LayerNorm("layer_norm", config.HiddenSize, config.LayerNormEps),
        Decoder = BertPattern.Decoder(scope, config, words),
    };
}

/// <summary>Configuration of <see cref="RobertaArchitecture"/>.</summary>
public sealed record RobertaConfig : BertConfig
{
    /// <summary>Starts from the reference implementation's defaults.</summary>
    public RobertaConfig() => PadTokenId = 1;
}
