using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// GPT-NeoX and Pythia (Black et al. 2022; Biderman et al. 2023): attention and MLP side by side on two norms, rotary embedding of a part
/// of each head, queries, keys and values interleaved head by head in one tensor.
/// </summary>
public sealed class GptNeoXArchitecture()
    : Architecture<GptNeoXConfig>("gpt_neox", "GPTNeoXForCausalLM", "gpt_neox.", ModelConfigJson.Default.GptNeoXConfig)
{
    /// <inheritdoc/>
    public override bool IsIgnored(string tensorName) =>
        base.IsIgnored(tensorName)
        || tensorName.EndsWith(".attention.bias", StringComparison.Ordinal)
        || tensorName.EndsWith(".attention.masked_bias", StringComparison.Ordinal);

    /// <inheritdoc/>
    protected override TransformerModel Build(GptNeoXConfig config)
    {
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("intermediate_size", config.IntermediateSize),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings));
        ConfigCheck.Rates(("attention_dropout", config.AttentionDropout));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        var root = new ParameterScope();
        var neox = root["gpt_neox"];
        int headSize = config.HiddenSize / config.NumAttentionHeads;
        var scaling = RotaryScaling.Of(config.RopeScaling, config.RopeParameters);
        var rotary = RotaryScaling.Embed(
            (int)(headSize * (scaling?.PartialRotaryFactor ?? config.RotaryPct)), config.RotaryEmbBase, scaling, config.MaxPositionEmbeddings);
        var activation = ActivationNames.Parse("hidden_act", config.HiddenAct);
        var embedding = neox.TokenEmbedding("embed_in", config.VocabSize, config.HiddenSize, config.TieWordEmbeddings, "embed_out");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            Blocks =
            [
                .. Enumerable.Range(0, config.NumHiddenLayers)
                    .Select(i => BuildBlock(neox["layers"][i], i, config, rotary, activation)),
            ],
            FinalNorm = neox.LayerNorm("final_layer_norm", config.HiddenSize, config.LayerNormEps),
            Head = root.Head("embed_out", embedding, config.HiddenSize, config.TieWordEmbeddings),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static TransformerBlock BuildBlock(
        ParameterScope scope, int index, GptNeoXConfig config, RotaryEmbedding rotary, Activation activation)
    {
        int hidden = config.HiddenSize;
        int heads = config.NumAttentionHeads;
        int headSize = hidden / heads;
        var self = scope["attention"];
        var (query, key, value) = FusedAttention.ByGroup(self, "query_key_value", heads, heads, headSize, hidden, config.AttentionBias);
        var attention = new AttentionLayer
        {
            Query = query,
            Key = key,
            Value = value,
            Output = self.Linear("dense", hidden, hidden, config.AttentionBias),
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            IsCausal = true,
            DropoutRate = (float)config.AttentionDropout,
            Rotary = rotary,
        };
        var mlp = scope["mlp"];
        var feedForward = new FeedForwardLayer
        {
            Up = mlp.Linear("dense_h_to_4h", config.IntermediateSize, hidden, hasBias: true),
            Down = mlp.Linear("dense_4h_to_h", hidden, config.IntermediateSize, hasBias: true),
            Activation = activation,
        };
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = config.UseParallelResidual ? BlockStyle.Parallel : BlockStyle.PreNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = scope.LayerNorm("input_layernorm", hidden, config.LayerNormEps),
            FeedForwardNorm = scope.LayerNorm("post_attention_layernorm", hidden, config.LayerNormEps),
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }
}
