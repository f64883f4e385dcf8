using Sparsum.Tensors;

namespace Sparsum.Transformers.Models.Families;

/// <summary>ELECTRA (Clark et al. 2020): BERT with narrow embeddings that a layer widens, and a classifier of two layers.</summary>
public sealed class ElectraArchitecture() : Architecture<ElectraConfig>(
    "electra",
    "electra.",
    ModelConfigJson.Default.ElectraConfig,
    (ModelTask.SequenceClassification, "ElectraForSequenceClassification"))
{
    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName)
        || tensorName.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
        || tensorName.StartsWith("discriminator_predictions.", StringComparison.Ordinal)
        || tensorName.StartsWith("generator_", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(ElectraConfig config)
    {
        BertPattern.Check(config);
        ConfigCheck.Sizes(("embedding_size", config.EmbeddingSize));
        var root = new ParameterScope();
        var electra = root["electra"];
        var embeddings = electra["embeddings"];
        int width = config.EmbeddingSize;
        return new EncoderModel
        {
            TokenEmbedding = embeddings.Embedding("word_embeddings", config.VocabSize, width),
            PaddingToken = config.PadTokenId,
            PositionEmbedding = embeddings.Embedding("position_embeddings", config.MaxPositionEmbeddings, width),
            TokenTypeEmbedding = embeddings.Embedding("token_type_embeddings", config.TypeVocabSize, width),
            EmbeddingNorm = embeddings.LayerNorm("LayerNorm", width, config.LayerNormEps),
            EmbeddingProjection = width == config.HiddenSize
                ? null
                : electra.Linear("embeddings_project", config.HiddenSize, width, hasBias: true),
            DropoutRate = (float)config.HiddenDropoutProb,
            Blocks = BertPattern.Blocks(electra["encoder"], config),
            Head = BertPattern.TwoLayerClassifier(root["classifier"], config, Activation.GeluErf),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }
}

/// <summary>Configuration of <see cref="ElectraArchitecture"/>.</summary>
public sealed record ElectraConfig : BertConfig
{
    /// <summary>Width of the embeddings.</summary>
    public int EmbeddingSize { get; init; } = 128;
}
