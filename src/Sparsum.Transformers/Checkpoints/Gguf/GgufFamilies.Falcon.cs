using System.Text.Json.Nodes;
using static Sparsum.Transformers.Checkpoints.Gguf.GgufKeyKind;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Falcon: with one norm and one key/value head (7B), or with groups of heads and a norm for each part (40B, 180B).</summary>
internal static partial class GgufFamilies
{
    private const string FalconGroups = "falcon.attention.head_count_kv";

    private static GgufFamily FalconWithOneNorm => new("falcon", "falcon")
    {
        Variant = (config => !HasFalconGroups(config), metadata => metadata.Integer(FalconGroups) is null or 1),
        Tensors = [.. FalconTensors, new("transformer.h.{i}.input_layernorm", "blk.{i}.attn_norm")],
        Keys = FalconKeys,
        Implied = [.. FalconImplied, new("new_decoder_architecture", false), new("multi_query", true), new("parallel_attn", true)],
        Describe = (config, metadata) =>
        {
            metadata.Set(FalconGroups, 1u);
            return DescribeFalcon(config, metadata);
        },
    };

    private static GgufFamily FalconWithTwoNorms => new("falcon", "falcon")
    {
        Variant = (HasFalconGroups, metadata => metadata.Integer(FalconGroups) is > 1),
        Tensors =
        [
            .. FalconTensors, new("transformer.h.{i}.ln_mlp", "blk.{i}.attn_norm"), new("transformer.h.{i}.ln_attn", "blk.{i}.attn_norm_2"),
        ],
        Keys = [.. FalconKeys, new("num_kv_heads", "attention.head_count_kv")],
        Implied = [.. FalconImplied, new("new_decoder_architecture", true)],
        Describe = (config, metadata) =>
        {
            Require(config, "num_ln_in_parallel_attn", config["num_ln_in_parallel_attn"]?.GetValue<int>() is null or 2, "2");
            Require(config, "num_kv_heads", config["num_kv_heads"]?.GetValue<int>() is > 1, "more than one");
            return DescribeFalcon(config, metadata);
        },
    };

    private static GgufTensorRule[] FalconTensors =>
    [
        new("transformer.word_embeddings", "token_embd"),
        new("transformer.ln_f", "output_norm"),
        new("lm_head", "output"),
        new("transformer.h.{i}.self_attention.query_key_value", "blk.{i}.attn_qkv") { Rows = GgufRowOrder.FusedByGroup },
        new("transformer.h.{i}.self_attention.dense", "blk.{i}.attn_output"),
        new("transformer.h.{i}.mlp.dense_h_to_4h", "blk.{i}.ffn_up"),
        new("transformer.h.{i}.mlp.dense_4h_to_h", "blk.{i}.ffn_down"),
    ];

    private static GgufKey[] FalconKeys =>
    [
        new("hidden_size", "embedding_length"),
        new("num_hidden_layers", "block_count"),
        new("ffn_hidden_size", "feed_forward_length", IsRequired: false),
        new("num_attention_heads", "attention.head_count"),
        new("max_position_embeddings", "context_length"),
        new("layer_norm_epsilon", "attention.layer_norm_epsilon", Number),
    ];

    private static GgufImplied[] FalconImplied => [new("activation", "gelu"), new("alibi", false), new("bias", false)];

    private static bool HasFalconGroups(JsonObject config) => config["new_decoder_architecture"]?.GetValue<bool>() == true;

    private static IEnumerable<string> DescribeFalcon(JsonObject config, GgufMetadata metadata)
    {
        metadata.Set("falcon.feed_forward_length", config["ffn_hidden_size"]?.GetValue<uint>() ?? (4 * config["hidden_size"]!.GetValue<uint>()));
        return [];
    }
}
