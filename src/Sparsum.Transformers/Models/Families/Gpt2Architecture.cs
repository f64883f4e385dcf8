using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// GPT-2 (Radford et al. 2019): learned positions, weights stored <c>[in, out]</c>, queries, keys and values in one tensor.
/// </summary>
public sealed class Gpt2Architecture()
    : Architecture<Gpt2Config>("gpt2", "GPT2LMHeadModel", "transformer.", ModelConfigJson.Default.Gpt2Config)
{
    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName)
        || tensorName.EndsWith(".attn.bias", StringComparison.Ordinal)
        || tensorName.EndsWith(".attn.masked_bias", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(Gpt2Config config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("n_embd", config.NEmbd),
            ("n_layer", config.NLayer),
            ("n_head", config.NHead),
            ("n_inner", config.NInner ?? (4 * config.NEmbd)),
            ("n_positions", config.NPositions));
        ConfigCheck.Divisible("n_embd", config.NEmbd, "n_head", config.NHead);
        ConfigCheck.Rates(("attn_pdrop", config.AttnPdrop), ("resid_pdrop", config.ResidPdrop), ("embd_pdrop", config.EmbdPdrop));
        var root = new ParameterScope();
        var transformer = root["transformer"];
        var activation = ActivationNames.Parse("activation_function", config.ActivationFunction);
        var embedding = transformer.TokenEmbedding("wte", config.VocabSize, config.NEmbd, config.TieWordEmbeddings, "lm_head");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            PositionEmbedding = transformer.Embedding("wpe", config.NPositions, config.NEmbd),
            DropoutRate = (float)config.EmbdPdrop,
            Blocks = [.. Enumerable.Range(0, config.NLayer).Select(i => BuildBlock(transformer["h"][i], i, config, activation))],
            FinalNorm = transformer.LayerNorm("ln_f", config.NEmbd, config.LayerNormEpsilon),
            Head = root.Head("lm_head", embedding, config.NEmbd, config.TieWordEmbeddings),
            HiddenSize = config.NEmbd,
            MaxPositions = config.NPositions,
        };
    }

    private static TransformerBlock BuildBlock(ParameterScope scope, int index, Gpt2Config config, Activation activation)
    {
        int hidden = config.NEmbd;
        int headSize = hidden / config.NHead;
        float scale = config.ScaleAttnWeights ? 1 / MathF.Sqrt(headSize) : 1;
        var attn = scope["attn"];
        var attention = new AttentionLayer
        {
            Query = Part("query", 0),
            Key = Part("key", 1),
            Value = Part("value", 2),
            Output = attn.TransposedLinear("c_proj", hidden, hidden),
            HeadCount = config.NHead,
            KeyValueHeadCount = config.NHead,
            HeadSize = headSize,
            Scale = config.ScaleAttnByInverseLayerIdx ? scale / (index + 1) : scale,
            IsCausal = true,
            DropoutRate = (float)config.AttnPdrop,
        };
        int inner = config.NInner ?? (4 * hidden);
        var feedForward = new FeedForwardLayer
        {
            Up = scope["mlp"].TransposedLinear("c_fc", inner, hidden),
            Down = scope["mlp"].TransposedLinear("c_proj", hidden, inner),
            Activation = activation,
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = scope.LayerNorm("ln_1", hidden, config.LayerNormEpsilon),
            FeedForwardNorm = scope.LayerNorm("ln_2", hidden, config.LayerNormEpsilon),
            DropoutRate = (float)config.ResidPdrop,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };

        Linear Part(string part, int place) => attn.FusedPart(
            "c_attn", part, [.. Enumerable.Range(place * hidden, hidden)], 3 * hidden, hidden, hasBias: true, isTransposed: true);
    }
}
