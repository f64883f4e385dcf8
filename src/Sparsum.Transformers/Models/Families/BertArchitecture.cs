using Sparsum.Tensors;
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
        Check(config);
        var root = new ParameterScope();
        var bert = root["bert"];
        var embeddings = bert["embeddings"];
        var activation = ActivationNames.Parse("hidden_act", config.HiddenAct);
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
            Blocks =
            [
                .. Enumerable.Range(0, config.NumHiddenLayers)
                    .Select(i => BuildBlock(bert["encoder"]["layer"][i], i, config, activation)),
            ],
            Head = TaskOf(config) == ModelTask.MaskedLanguageModeling
                ? MaskedTokenHead(root["cls"]["predictions"], config, words, activation)
                : ClassifierHead(root, config),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static void Check(BertConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("intermediate_size", config.IntermediateSize),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings),
            ("type_vocab_size", config.TypeVocabSize));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        ConfigCheck.Rates(
            ("hidden_dropout_prob", config.HiddenDropoutProb),
            ("attention_probs_dropout_prob", config.AttentionProbsDropoutProb),
            ("classifier_dropout", config.ClassifierDropout ?? 0));
        if (config.PositionEmbeddingType != "absolute")
        {
            throw ConfigCheck.Unsupported("position_embedding_type", $"'{config.PositionEmbeddingType}'", "absolute");
        }

        if (config.IsDecoder)
        {
            throw ConfigCheck.Unsupported("is_decoder", "true", "false");
        }
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, BertConfig config, Activation activation)
    {
        int hidden = config.HiddenSize;
        int headSize = hidden / config.NumAttentionHeads;
        var self = scope["attention"]["self"];
        var attention = new AttentionLayer
        {
            Query = self.Linear("query", hidden, hidden, hasBias: true),
            Key = self.Linear("key", hidden, hidden, hasBias: true),
            Value = self.Linear("value", hidden, hidden, hasBias: true),
            Output = scope["attention"]["output"].Linear("dense", hidden, hidden, hasBias: true),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = config.NumAttentionHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            DropoutRate = (float)config.AttentionProbsDropoutProb,
        };
        var feedForward = new FeedForwardLayer
        {
            Up = scope["intermediate"].Linear("dense", config.IntermediateSize, hidden, hasBias: true),
            Down = scope["output"].Linear("dense", hidden, config.IntermediateSize, hasBias: true),
            Activation = activation,
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

    private static MaskedLanguageModelHead MaskedTokenHead(
        ParameterScope predictions, BertConfig config, Parameter words, Activation activation)
    {
        var transform = predictions["transform"];

        // The bias belongs to the predictions; files written from a tied module repeat it under the decoder.
        var bias = new Parameter($"{predictions.Name}.bias", config.VocabSize)
        {
            Source = new ParameterSource($"{predictions.Name}.bias") { Aliases = [$"{predictions.Name}.decoder.bias"] },
        };
        var projection = predictions.Head("decoder", words, config.HiddenSize, config.TieWordEmbeddings);
        return new MaskedLanguageModelHead
        {
            Transform = transform.Linear("dense", config.HiddenSize, config.HiddenSize, hasBias: true),
            Activation = activation,
            Norm = transform.LayerNorm("LayerNorm", config.HiddenSize, config.LayerNormEps),
            Decoder = new Linear(projection.Weight, bias),
        };
    }
}
