using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// T5 (Raffel et al. 2020): encoder and decoder with RMS norms before every part, relative positions, unscaled attention and no biases.
/// Version 1.0 ties the head to the embeddings and has a plain MLP; version 1.1 has a head of its own and a gated MLP.
/// </summary>
public sealed class T5Architecture() : Architecture<T5Config>(
    "t5",
    "",
    ModelConfigJson.Default.T5Config,
    (ModelTask.ConditionalGeneration, "T5ForConditionalGeneration"),
    (ModelTask.ConditionalGeneration, "T5WithLMHeadModel"))
{
    private const string GatePrefix = "gated-";

    /// <inheritdoc/>
    public override bool ReadsInstructions => true;

    /// <inheritdoc/>
    /// <remarks>Early releases wrote a table of relative positions for cross-attention, which has none.</remarks>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName) || tensorName.EndsWith("EncDecAttention.relative_attention_bias.weight", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(T5Config config)
    {
        Check(config);
        var root = new ParameterScope();
        int width = config.DModel;
        var shared = root.TokenEmbedding(
            "shared",
            config.VocabSize,
            width,
            ["encoder.embed_tokens", "decoder.embed_tokens", .. config.TieWordEmbeddings ? ["lm_head"] : Array.Empty<string>()]);
        var (encoder, decoder) = (root["encoder"], root["decoder"]);
        var encoderPositions = Positions(encoder, config, isBidirectional: true);
        var decoderPositions = Positions(decoder, config, isBidirectional: false);
        int encoderBlocks = config.NumLayers;
        int decoderBlocks = config.NumDecoderLayers ?? config.NumLayers;
        TransformerBlock[] blocks =
        [
            .. Enumerable.Range(0, encoderBlocks).Select(i => BuildBlock(encoder["block"][i], i, config, encoderPositions, isDecoder: false)),
            .. Enumerable.Range(0, decoderBlocks)
                .Select(i => BuildBlock(decoder["block"][i], encoderBlocks + i, config, decoderPositions, isDecoder: true)),
        ];
        var head = root.Head("lm_head", shared, width, config.TieWordEmbeddings);
        return new EncoderDecoderModel
        {
            TokenEmbedding = shared,
            Blocks = blocks,
            EncoderBlockCount = encoderBlocks,
            EncoderPositions = encoderPositions,
            DecoderPositions = decoderPositions,
            EncoderNorm = encoder.RmsNorm("final_layer_norm", width, config.LayerNormEpsilon),
            DecoderNorm = decoder.RmsNorm("final_layer_norm", width, config.LayerNormEpsilon),
            Head = head,
            HeadScale = config.ScaleDecoderOutputs ?? config.TieWordEmbeddings ? (float)Math.Pow(width, -0.5) : 1,
            StartToken = StartToken(config),
            FillToken = config.PadTokenId ?? 0,
            DropoutRate = (float)config.DropoutRate,
            HiddenSize = width,
            MaxPositions = config.NPositions,
            InitializerStdTests = InitializerStdTests(config, blocks, encoderPositions, decoderPositions),
        };
    }

    private static void Check(T5Config config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("d_model", config.DModel),
            ("d_kv", config.DKv),
            ("d_ff", config.DFf),
            ("num_layers", config.NumLayers),
            ("num_decoder_layers", config.NumDecoderLayers ?? config.NumLayers),
            ("num_heads", config.NumHeads),
            ("relative_attention_num_buckets", config.RelativeAttentionNumBuckets),
            ("n_positions", config.NPositions));
        ConfigCheck.Product(("num_heads", config.NumHeads), ("d_kv", config.DKv));
        int buckets = config.RelativeAttentionNumBuckets;
        if (buckets < 4)
        {
            throw ConfigCheck.Invalid("relative_attention_num_buckets", FormattableString.Invariant($"{buckets}"), "at least 4");
        }

        int exact = buckets / 2;
        if (config.RelativeAttentionMaxDistance <= exact)
        {
            throw ConfigCheck.Invalid(
                "relative_attention_max_distance",
                FormattableString.Invariant($"{config.RelativeAttentionMaxDistance}"),
                FormattableString.Invariant($"above half of relative_attention_num_buckets, {exact}"));
        }

        ConfigCheck.Rates(("dropout_rate", config.DropoutRate));
        int start = StartToken(config);
        if (start < 0 || start >= config.VocabSize)
        {
            throw ConfigCheck.Invalid(
                "decoder_start_token_id", FormattableString.Invariant($"{start}"), FormattableString.Invariant($"0 to {config.VocabSize - 1}"));
        }
    }

    private static int StartToken(T5Config config) => config.DecoderStartTokenId ?? config.PadTokenId ?? 0;

    /// <summary>The first block holds the table of its stack.</summary>
    private static RelativePositions Positions(ParameterScope stack, T5Config config, bool isBidirectional) => new(
        stack["block"][0]["layer"][0]["SelfAttention"].Embedding(
            "relative_attention_bias", config.RelativeAttentionNumBuckets, config.NumHeads),
        isBidirectional,
        config.RelativeAttentionMaxDistance);

    private static TransformerBlock BuildBlock(
        ParameterScope scope, int index, T5Config config, RelativePositions positions, bool isDecoder)
    {
        var layers = scope["layer"];
        var self = BuildAttention(layers[0]["SelfAttention"], config, positions, isDecoder);
        var cross = isDecoder ? BuildAttention(layers[1]["EncDecAttention"], config, null, isCausal: false) : null;
        var last = layers[isDecoder ? 2 : 1];
        var feedForward = BuildFeedForward(last["DenseReluDense"], config);
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PreNorm,
            Attention = self,
            CrossAttention = cross,
            FeedForward = feedForward,
            AttentionNorm = Norm(layers[0]),
            CrossAttentionNorm = isDecoder ? Norm(layers[1]) : null,
            FeedForwardNorm = Norm(last),
            DropoutRate = (float)config.DropoutRate,
            Linears = [.. self.Linears, .. cross?.Linears ?? [], .. feedForward.Linears],
        };

        Normalization Norm(ParameterScope layer) => layer.RmsNorm("layer_norm", config.DModel, config.LayerNormEpsilon);
    }

    private static AttentionLayer BuildAttention(ParameterScope scope, T5Config config, RelativePositions? positions, bool isCausal)
    {
        int inner = config.NumHeads * config.DKv;
        return new AttentionLayer
        {
            Query = scope.Linear("q", inner, config.DModel, hasBias: false),
            Key = scope.Linear("k", inner, config.DModel, hasBias: false),
            Value = scope.Linear("v", inner, config.DModel, hasBias: false),
            Output = scope.Linear("o", config.DModel, inner, hasBias: false),
            HeadCount = config.NumHeads,
            KeyValueHeadCount = config.NumHeads,
            HeadSize = config.DKv,
            Scale = 1,
            IsCausal = isCausal,
            DropoutRate = (float)config.DropoutRate,
            RelativePositions = positions,
        };
    }

    private static FeedForwardLayer BuildFeedForward(ParameterScope scope, T5Config config)
    {
        bool isGated = config.FeedForwardProj.StartsWith(GatePrefix, StringComparison.Ordinal);
        string name = isGated ? config.FeedForwardProj[GatePrefix.Length..] : config.FeedForwardProj;

        // The reference reads this one name as the approximation by tanh, whatever "gelu" means elsewhere.
        var activation = isGated && name == "gelu" ? Activation.GeluTanh : ActivationNames.Parse("feed_forward_proj", name);
        return new FeedForwardLayer
        {
            Gate = isGated ? scope.Linear("wi_0", config.DFf, config.DModel, hasBias: false) : null,
            Up = scope.Linear(isGated ? "wi_1" : "wi", config.DFf, config.DModel, hasBias: false),
            Down = scope.Linear("wo", config.DModel, config.DFf, hasBias: false),
            Activation = activation,
            DropoutRate = (float)config.DropoutRate,
        };
    }

    /// <summary>
    /// Fresh weights as the reference draws them (Mesh TensorFlow's rules): each matrix by its input width, queries also by the head's,
    /// since scores are not scaled.
    /// </summary>
    private static Dictionary<Parameter, double> InitializerStdTests(
        T5Config config, TransformerBlock[] blocks, params ReadOnlySpan<RelativePositions> positions)
    {
        var deviations = new Dictionary<Parameter, double>();
        double byWidth = config.InitializerFactor / Math.Sqrt(config.DModel);
        foreach (var linear in blocks.SelectMany(block => block.Linears))
        {
            deviations[linear.Weight] = config.InitializerFactor / Math.Sqrt(linear.InputSize);
        }

        foreach (var attention in blocks.SelectMany(block => block.Attentions))
        {
            deviations[attention.Query.Weight] = byWidth / Math.Sqrt(config.DKv);
            deviations[attention.Output.Weight] = config.InitializerFactor / Math.Sqrt((double)config.NumHeads * config.DKv);
        }

        foreach (var table in positions)
        {
            deviations[table.Table] = byWidth;
        }

        return deviations;
    }
}
