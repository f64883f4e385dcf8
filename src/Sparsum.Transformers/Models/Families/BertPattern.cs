using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>What BERT and the encoders after its pattern share.</summary>
internal static class BertPattern
{
    /// <summary>With relative positions: content against content, content against position, position against content.</summary>
    private const int KindsOfScores = 3;

    /// <summary>Checks the keys that all of them have.</summary>
    /// <exception cref="Core.InvalidInputException">A value makes no sense.</exception>
    public static void CheckSizes(EncoderConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("intermediate_size", config.IntermediateSize),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        ConfigCheck.Rates(
            ("hidden_dropout_prob", config.HiddenDropoutProb),
            ("attention_probs_dropout_prob", config.AttentionProbsDropoutProb));
    }

    /// <summary>Checks the keys of BERT, RoBERTa and ELECTRA.</summary>
    /// <exception cref="Core.InvalidInputException">A value makes no sense or is not supported.</exception>
    public static void Check(BertConfig config)
    {
        CheckSizes(config);
        ConfigCheck.Sizes(("type_vocab_size", config.TypeVocabSize));
        ConfigCheck.Rates(("classifier_dropout", config.ClassifierDropout ?? 0));
        if (config.PositionEmbeddingType != "absolute")
        {
            throw ConfigCheck.Unsupported("position_embedding_type", $"'{config.PositionEmbeddingType}'", "absolute");
        }

        if (config.IsDecoder)
        {
            throw ConfigCheck.Unsupported("is_decoder", "true", "false");
        }
    }

    /// <summary>The blocks below a scope.</summary>
    /// <param name="encoder">The scope.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="suffix">What the names of query, key and value end with.</param>
    /// <param name="positions">Relative positions that scores take in; null for none.</param>
    public static IReadOnlyList<TransformerBlock> Blocks(
        ParameterScope encoder, EncoderConfig config, string suffix = "", DisentangledPositions? positions = null)
    {
        var activation = ActivationNames.Parse("hidden_act", config.HiddenAct);
        return [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => BuildBlock(encoder["layer"][i], i, config, activation, suffix, positions))];
    }

    /// <summary>A classifier with a layer before the last (RoBERTa, ELECTRA).</summary>
    public static ClassificationHead TwoLayerClassifier(ParameterScope scope, BertConfig config, Activation activation)
    {
        int labels = LabelSet.Of(config).Count;
        float dropout = (float)(config.ClassifierDropout ?? config.HiddenDropoutProb);
        return new ClassificationHead
        {
            Pooler = scope.Linear("dense", config.HiddenSize, config.HiddenSize, hasBias: true),
            PoolerActivation = activation,
            PoolerDropoutRate = dropout,
            Classifier = scope.Linear("out_proj", labels, config.HiddenSize, hasBias: true),
            DropoutRate = dropout,
            Problem = ClassificationProblem.Of(config, labels),
        };
    }

    /// <summary>The layer of a masked-token head that compares with every embedding.</summary>
    public static Linear Decoder(ParameterScope scope, BertConfig config, Parameter words)
    {
        // The bias belongs to the predictions; files written from a tied module repeat it under the decoder.
        var bias = new Parameter($"{scope.Name}.bias", config.VocabSize)
        {
            Source = new ParameterSource($"{scope.Name}.bias") { Aliases = [$"{scope.Name}.decoder.bias"] },
        };
        return new Linear(scope.Head("decoder", words, config.HiddenSize, config.TieWordEmbeddings).Weight, bias);
    }

    private static TransformerBlock BuildBlock(
        ParameterScope scope, int index, EncoderConfig config, Activation activation, string suffix, DisentangledPositions? positions)
    {
        int hidden = config.HiddenSize;
        int headSize = hidden / config.NumAttentionHeads;
        var self = scope["attention"]["self"];
        var attention = new AttentionLayer
        {
            Query = self.Linear("query" + suffix, hidden, hidden, hasBias: true),
            Key = self.Linear("key" + suffix, hidden, hidden, hasBias: true),
            Value = self.Linear("value" + suffix, hidden, hidden, hasBias: true),
            Output = scope["attention"]["output"].Linear("dense", hidden, hidden, hasBias: true),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = config.NumAttentionHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize * (positions is null ? 1 : KindsOfScores)),
            DropoutRate = (float)config.AttentionProbsDropoutProb,
            Disentangled = positions,
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
}
