using System.Text.Json.Nodes;
using static Sparsum.Transformers.Checkpoints.Gguf.GgufKeyKind;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Families whose blocks have norms, positions or fused matrices of other kinds than LLaMA.</summary>
internal static partial class GgufFamilies
{
    private static GgufFamily Bloom => new("bloom", "bloom")
    {
        Tensors =
        [
            new("transformer.word_embeddings", "token_embd"),
            new("transformer.word_embeddings_layernorm", "token_embd_norm"),
            new("transformer.ln_f", "output_norm"),
            new("lm_head", "output"),
            new("transformer.h.{i}.input_layernorm", "blk.{i}.attn_norm"),
            new("transformer.h.{i}.post_attention_layernorm", "blk.{i}.ffn_norm"),
            new("transformer.h.{i}.self_attention.query_key_value", "blk.{i}.attn_qkv") { Rows = GgufRowOrder.FusedByHead },
            new("transformer.h.{i}.self_attention.dense", "blk.{i}.attn_output"),
            new("transformer.h.{i}.mlp.dense_h_to_4h", "blk.{i}.ffn_up"),
            new("transformer.h.{i}.mlp.dense_4h_to_h", "blk.{i}.ffn_down"),
        ],
        Keys =
        [
            new("hidden_size", "embedding_length"),
            new("n_layer", "block_count"),
            new("n_head", "attention.head_count") { AlsoWritten = ["attention.head_count_kv"] },
            new("seq_length", "context_length"),
            new("layer_norm_epsilon", "attention.layer_norm_epsilon", Number),
        ],
        RotaryBase = null,
        HeadKeys = ("hidden_size", "n_head"),
        Prepare = config =>
        {
            config["hidden_size"] = (config["n_embed"] ?? config["hidden_size"])?.DeepClone();
            config["n_layer"] = (config["n_layer"] ?? config["num_hidden_layers"])?.DeepClone();
            config["n_head"] = (config["n_head"] ?? config["num_attention_heads"])?.DeepClone();
        },
        Describe = (config, metadata) =>
        {
            metadata.Set("bloom.feed_forward_length", 4 * config["hidden_size"]!.GetValue<uint>());
            return [];
        },
    };

    private static GgufFamily Olmo2 => new("olmo2", "olmo2")
    {
        Tensors =
        [
            .. Ends,
            .. PlainQueryAndKey,
            .. GatedParts,
            .. HeadNorms,
            new(Layer + "post_attention_layernorm", "blk.{i}.post_attention_norm"),
            new(Layer + "post_feedforward_layernorm", "blk.{i}.post_ffw_norm"),
        ],
        Keys = GatedKeys,
        Implied = [Silu, new("attention_bias", false)],
    };

    private static GgufFamily Phi3 => new("phi3", "phi3")
    {
        Tensors =
        [
            .. Ends,
            .. TwoNorms,
            new(Layer + "self_attn.qkv_proj", "blk.{i}.attn_qkv"),
            new(Layer + "self_attn.o_proj", "blk.{i}.attn_output"),
            new(Layer + "mlp.gate_up_proj", "blk.{i}.ffn_up"),
            new(Layer + "mlp.down_proj", "blk.{i}.ffn_down"),
        ],
        Keys = [.. GatedKeys.Except([HeadSize]), new("sliding_window", "attention.sliding_window", IsRequired: false)],
        Implied = [Silu],
        RotaryShare = "partial_rotary_factor",
        Complete = (file, config) =>
        {
            if (config["rope_scaling"] is { } scaling)
            {
                throw new GgufException("unsupported-gguf-rope", $"The rotary positions of '{file.File}' are stretched, which is not read for this architecture.")
                {
                    File = file.File,
                    Found = scaling["rope_type"]!.GetValue<string>(),
                    Expected = "rotary positions as they are",
                };
            }
        },
        Describe = (config, metadata) =>
        {
            if (metadata.Has("phi3.rope.scaling.type"))
            {
                throw GgufConfig.NoWord(config, config["rope_scaling"] is null ? "rope_parameters" : "rope_scaling", "null");
            }

            return config["sliding_window"]?.GetValue<uint>() is { } window && window < config["max_position_embeddings"]!.GetValue<uint>()
                ? [$"Other programs know no sliding window for GGUF files of this architecture: beyond {window} tokens they see more than the model does."]
                : [];
        },
    };

    private static GgufFamily SmolLm3 => new("smollm3", "smollm3")
    {
        Tensors = [.. Ends, .. RotaryQueryAndKey, .. GatedParts, .. TwoNorms],
        Keys = GatedKeys,
        Implied = [Silu, new("attention_bias", false), new("mlp_bias", false), new("use_sliding_window", false)],
        Describe = (config, _) =>
        {
            // Which blocks have positions is no key of the files: all but every fourth.
            const int Interval = 4;
            if (config["no_rope_layers"] is JsonArray listed)
            {
                return listed.Where((flag, i) => (flag!.GetValue<int>() != 0) != ((i + 1) % Interval != 0)).Any()
                    ? throw GgufConfig.NoWord(config, "no_rope_layers", "0 for every fourth block")
                    : [];
            }

            return config["no_rope_layer_interval"]?.GetValue<int>() is null or Interval
                ? []
                : throw GgufConfig.NoWord(config, "no_rope_layer_interval", $"{Interval}");
        },
    };
}
