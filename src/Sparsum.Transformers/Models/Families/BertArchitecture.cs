using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// BERT (Devlin et al. 2019): tokens that see each other both ways, norms after the residuals, and a head that classifies the first token
/// or fills in masked ones.
/// </summary>
public sealed class BertArchitecture() : Architecture<BertConfig>(
    "bert",
    "bert.",
    ModelConfigJson.Default.BertConfig,
    (ModelTask.SequenceClassification, "BertForSequenceClassification"),
    (ModelTask.MaskedLanguageModeling, "BertForMaskedLM"),
    (ModelTask.MaskedLanguageModeling, "BertForPreTraining"))
{
    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName)
        || tensorName.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
        || tensorName.StartsWith("cls.", StringComparison.Ordinal)
        || tensorName.StartsWith("bert.pooler.", StringComparison.Ordinal)
        || tensorName.StartsWith("pooler.", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(BertConfig config)
    {
        BertPattern.Check(config);
        var root = new ParameterScope();
        var bert = root["bert"];
        var embeddings = bert["embeddings"];
        bool isTied = config.TieWordEmbeddings;
        var words = embeddings.TokenEmbedding("word_embeddings", config.VocabSize, config.HiddenSize, isTied, "cls.predictions.decoder");
        return new EncoderModel
        {
            TokenEmbedding = words,
            PaddingToken = config.PadTokenId,
            PositionEmbedding = embeddings.Embedding("position_embeddings", config.MaxPositionEmbeddings, config.HiddenSize),
            TokenTypeEmbedding = embeddings.Embedding("token_type_embeddings", config.TypeVocabSize, config.HiddenSize),
            EmbeddingNorm = embeddings.LayerNorm("LayerNorm", config.HiddenSize, config.LayerNormEps),
            DropoutRate = (float)config.HiddenDropoutProb,
            Blocks = BertPattern.Blocks(bert["encoder"], config),
            Head = TaskOf(config) == ModelTask.MaskedLanguageModeling
                ? MaskedTokenHead(root["cls"]["predictions"], config, words)
                : ClassifierHead(root, config),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static ClassificationHead ClassifierHead(ParameterScope root, BertConfig config)
    {
        int labels = LabelSet.Of(config).Count;
        return new ClassificationHead
        {
            Pooler = root["bert"]["pooler"].Linear("dense", config.HiddenSize, config.HiddenSize, hasBias: true),
            Classifier = root.Linear("classifier", labels, config.HiddenSize, hasBias: true),
            DropoutRate = (float)(config.ClassifierDropout ?? config.HiddenDropoutProb),
            Problem = ClassificationProblem.Of(config, labels),
        };
    }

    private static MaskedLanguageModelHead MaskedTokenHead(ParameterScope predictions, BertConfig config, Parameter words)
    {
        var transform = predictions["transform"];
        return new MaskedLanguageModelHead
        {
            Transform = transform.Linear("dense", config.HiddenSize, config.HiddenSize, hasBias: true),
            Activation = ActivationNames.Parse("hidden_act", config.HiddenAct),
            Norm = transform.LayerNorm("LayerNorm", config.HiddenSize, config.LayerNormEps),
            Decoder = BertPattern.Decoder(predictions, config, words),
        };
    }
}
