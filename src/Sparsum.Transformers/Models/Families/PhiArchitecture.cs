using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models.Families;

/// <summary>
/// Phi-1, 1.5 and 2 (Li et al. 2023): attention and MLP side by side on one norm, rotary embedding of a part of each head, biases
/// everywhere, the head included.
/// </summary>
public sealed class PhiArchitecture() : Architecture<PhiConfig>("phi", "PhiForCausalLM", "model.", ModelConfigJson.Default.PhiConfig)
{
    /// <inheritdoc/>
    protected override TransformerModel Build(PhiConfig config)
    {
        int keyValueHeads = config.NumKeyValueHeads ?? config.NumAttentionHeads;
        ConfigCheck.Sizes(
            ("vocab_size", config.VocabSize),
            ("hidden_size", config.HiddenSize),
            ("intermediate_size", config.IntermediateSize),
            ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads),
            ("num_key_value_heads", keyValueHeads),
            ("max_position_embeddings", config.MaxPositionEmbeddings));
        ConfigCheck.Rates(("attention_dropout", config.AttentionDropout));
        ConfigCheck.Divisible("hidden_size", config.HiddenSize, "num_attention_heads", config.NumAttentionHeads);
        ConfigCheck.Divisible("num_attention_heads", config.NumAttentionHeads, "num_key_value_heads", keyValueHeads);
        if (config.QkLayernorm)
        {
            throw ConfigCheck.Unsupported("qk_layernorm", "true", "false");
        }

        var root = new ParameterScope();
        var model = root["model"];
        int headSize = config.HiddenSize / config.NumAttentionHeads;
        var scaling = RotaryScaling.Of(config.RopeScaling, config.RopeParameters);
        var rotary = RotaryScaling.Embed(
            (int)(headSize * (scaling?.PartialRotaryFactor ?? config.PartialRotaryFactor)), config.RopeTheta, scaling, config.MaxPositionEmbeddings);
        var activation = ActivationNames.Parse("hidden_act", config.HiddenAct);
        var embedding = model.TokenEmbedding("embed_tokens", config.VocabSize, config.HiddenSize, config.TieWordEmbeddings, "lm_head");
        return new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            PaddingToken = config.PadTokenId,
            Blocks =
            [
                .. Enumerable.Range(0, config.NumHiddenLayers)
                    .Select(i => BuildBlock(model["layers"][i], i, config, keyValueHeads, rotary, activation)),
            ],
            FinalNorm = model.LayerNorm("final_layernorm", config.HiddenSize, config.LayerNormEps),
            Head = root.Head("lm_head", embedding, config.HiddenSize, config.TieWordEmbeddings, hasBias: true),
            HiddenSize = config.HiddenSize,
            MaxPositions = config.MaxPositionEmbeddings,
        };
    }

    private static TransformerBlock BuildBlock(
        ParameterScope scope, int index, PhiConfig config, int keyValueHeads, RotaryEmbedding rotary, Activation activation)
    {
        int headSize = config.HiddenSize / config.NumAttentionHeads;
        var self = scope["self_attn"];
        var attention = new AttentionLayer
        {
            Query = self.Linear("q_proj", config.HiddenSize, config.HiddenSize, hasBias: true),
            Key = self.Linear("k_proj", keyValueHeads * headSize, config.HiddenSize, hasBias: true),
            Value = self.Linear("v_proj", keyValueHeads * headSize, config.HiddenSize, hasBias: true),
            Output = self.Linear("dense", config.HiddenSize, config.HiddenSize, hasBias: true),
            HeadCount = config.NumAttentionHeads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = headSize,
            Scale = 1 / MathF.Sqrt(headSize),
            IsCausal = true,
            DropoutRate = (float)config.AttentionDropout,
            Rotary = rotary,
        };
        var mlp = scope["mlp"];
        var feedForward = new FeedForwardLayer
        {
            Up = mlp.Linear("fc1", config.IntermediateSize, config.HiddenSize, hasBias: true),
            Down = mlp.Linear("fc2", config.HiddenSize, config.IntermediateSize, hasBias: true),
            Activation = activation,
        };
        var norm = scope.LayerNorm("input_layernorm", config.HiddenSize, config.LayerNormEps);
        return new TransformerBlock
        {
            Index = index,
            Name = scope.Name,
            Style = BlockStyle.Parallel,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = norm,
            FeedForwardNorm = norm,
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }
}
