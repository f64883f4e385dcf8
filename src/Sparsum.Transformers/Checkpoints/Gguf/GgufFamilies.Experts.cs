using System.Text.Json.Nodes;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Families whose blocks have experts.</summary>
internal static partial class GgufFamilies
{
    private static GgufFamily Mixtral => new("llama", "mixtral")
    {
        HasExperts = true,
        Tensors =
        [
            .. Ends,
            .. RotaryQueryAndKey,
            .. TwoNorms,
            .. AttentionEnds,
            new(Layer + "block_sparse_moe.gate", "blk.{i}.ffn_gate_inp"),
            new(Layer + "block_sparse_moe.experts.{e}.w1", "blk.{i}.ffn_gate_exps"),
            new(Layer + "block_sparse_moe.experts.{e}.w2", "blk.{i}.ffn_down_exps"),
            new(Layer + "block_sparse_moe.experts.{e}.w3", "blk.{i}.ffn_up_exps"),
        ],
        Keys = [.. GatedKeys, new("num_local_experts", "expert_count"), ExpertsPerToken],
        Implied = [Silu, new("sliding_window", (object?)null)],
    };

    private static GgufFamily Qwen2Moe => new("qwen2moe", "qwen2_moe")
    {
        HasExperts = true,
        Tensors =
        [
            .. QwenExperts,
            new(Layer + "mlp.shared_expert_gate", "blk.{i}.ffn_gate_inp_shexp") { IsRow = true },
            new(Layer + "mlp.shared_expert.gate_proj", "blk.{i}.ffn_gate_shexp"),
            new(Layer + "mlp.shared_expert.up_proj", "blk.{i}.ffn_up_shexp"),
            new(Layer + "mlp.shared_expert.down_proj", "blk.{i}.ffn_down_shexp"),
        ],
        Keys = [.. QwenExpertKeys.Except([HeadSize]), new("shared_expert_intermediate_size", "expert_shared_feed_forward_length")],
        Implied = [Silu, new("norm_topk_prob", false), new("qkv_bias", true), new("use_sliding_window", false)],
        Prepare = NameExperts,
        Describe = ExpertsInEveryBlock,
    };

    private static GgufFamily Qwen3Moe => new("qwen3moe", "qwen3_moe")
    {
        HasExperts = true,
        Tensors = [.. QwenExperts, .. HeadNorms],
        Keys = QwenExpertKeys,
        Implied = [Silu, new("norm_topk_prob", true), new("attention_bias", false), new("use_sliding_window", false)],
        Prepare = NameExperts,
        Describe = ExpertsInEveryBlock,
    };

    private static GgufKey ExpertsPerToken => new("num_experts_per_tok", "expert_used_count");

    private static GgufKey[] QwenExpertKeys =>
    [
        .. GatedKeys, new("num_experts", "expert_count"), ExpertsPerToken, new("moe_intermediate_size", "expert_feed_forward_length"),
    ];

    private static GgufTensorRule[] AttentionEnds =>
        [new(Layer + "self_attn.v_proj", "blk.{i}.attn_v"), new(Layer + "self_attn.o_proj", "blk.{i}.attn_output")];

    private static GgufTensorRule[] QwenExperts =>
    [
        .. Ends,
        .. PlainQueryAndKey,
        .. TwoNorms,
        .. AttentionEnds,
        new(Layer + "mlp.gate", "blk.{i}.ffn_gate_inp"),
        new(Layer + "mlp.experts.{e}.gate_proj", "blk.{i}.ffn_gate_exps"),
        new(Layer + "mlp.experts.{e}.up_proj", "blk.{i}.ffn_up_exps"),
        new(Layer + "mlp.experts.{e}.down_proj", "blk.{i}.ffn_down_exps"),
    ];

    // Newer files count experts under another key.
    private static void NameExperts(JsonObject config) => config["num_experts"] ??= config["num_local_experts"]?.DeepClone();

    private static IEnumerable<string> ExpertsInEveryBlock(JsonObject config, GgufMetadata metadata)
    {
        if (config["decoder_sparse_step"]?.GetValue<int>() is not (null or 1))
        {
            throw GgufConfig.NoWord(config, "decoder_sparse_step", "1");
        }

        return config["mlp_only_layers"] is JsonArray { Count: > 0 } ? throw GgufConfig.NoWord(config, "mlp_only_layers", "no blocks") : [];
    }
}
