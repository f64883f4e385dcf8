using System.Text.Json.Nodes;
using Sparsum.Core;
using static Sparsum.Transformers.Checkpoints.Gguf.GgufKeyKind;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Every family that is read from and written to GGUF files, the one place where a new one is added.</summary>
internal static partial class GgufFamilies
{
    private const string Layer = "model.layers.{i}.";
    private const string LlamaWindow = "llama.attention.sliding_window";

    private static readonly GgufKey[] CommonKeys =
    [
        new("hidden_size", "embedding_length"),
        new("num_hidden_layers", "block_count"),
        new("intermediate_size", "feed_forward_length"),
        new("num_attention_heads", "attention.head_count"),
        new("max_position_embeddings", "context_length"),
    ];

    private static readonly GgufKey KeyValueHeads = new("num_key_value_heads", "attention.head_count_kv", IsRequired: false);

    private static readonly GgufKey HeadSize =
        new("head_dim", "attention.key_length", IsRequired: false) { AlsoWritten = ["attention.value_length"] };

    private static readonly GgufKey[] GatedKeys =
        [.. CommonKeys, KeyValueHeads, HeadSize, new("rms_norm_eps", "attention.layer_norm_rms_epsilon", Number)];

    private static readonly GgufTensorRule[] Ends =
    [
        new("model.embed_tokens", "token_embd"),
        new("model.norm", "output_norm"),
        new("lm_head", "output"),
    ];

    private static readonly GgufTensorRule[] GatedParts =
    [
        new(Layer + "self_attn.v_proj", "blk.{i}.attn_v"),
        new(Layer + "self_attn.o_proj", "blk.{i}.attn_output"),
        new(Layer + "mlp.gate_proj", "blk.{i}.ffn_gate"),
        new(Layer + "mlp.up_proj", "blk.{i}.ffn_up"),
        new(Layer + "mlp.down_proj", "blk.{i}.ffn_down"),
    ];

    private static readonly GgufTensorRule[] PlainQueryAndKey =
        [new(Layer + "self_attn.q_proj", "blk.{i}.attn_q"), new(Layer + "self_attn.k_proj", "blk.{i}.attn_k")];

    private static readonly GgufTensorRule[] RotaryQueryAndKey =
    [
        new(Layer + "self_attn.q_proj", "blk.{i}.attn_q") { Rows = GgufRowOrder.RotaryQuery },
        new(Layer + "self_attn.k_proj", "blk.{i}.attn_k") { Rows = GgufRowOrder.RotaryKey },
    ];

    private static readonly GgufTensorRule[] TwoNorms =
        [new(Layer + "input_layernorm", "blk.{i}.attn_norm"), new(Layer + "post_attention_layernorm", "blk.{i}.ffn_norm")];

    private static readonly GgufTensorRule[] HeadNorms =
        [new(Layer + "self_attn.q_norm", "blk.{i}.attn_q_norm"), new(Layer + "self_attn.k_norm", "blk.{i}.attn_k_norm")];

    private static readonly GgufImplied Silu = new("hidden_act", "silu");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<GgufFamily> All { get; } =
    [
        new("llama", "llama")
        {
            Tensors = [.. Ends, .. RotaryQueryAndKey, .. GatedParts, .. TwoNorms],
            Keys = GatedKeys,
            Implied = [Silu],
            AlsoWrites = ["mistral"],
            Complete = (file, config) =>
            {
                // The architecture has no window of its own, but the format has a word for one: such a model is a Mistral.
                if (file.Metadata.Integer(LlamaWindow) is { } window)
                {
                    config["model_type"] = "mistral";
                    config["sliding_window"] = window;
                    return;
                }

                config["attention_bias"] = file.Find("blk.0.attn_q.bias") is not null;
                config["mlp_bias"] = file.Find("blk.0.ffn_gate.bias") is not null;
            },
            Describe = (config, metadata) =>
            {
                if (config["sliding_window"]?.GetValue<uint>() is not { } window)
                {
                    return [];
                }

                metadata.Set(LlamaWindow, window);
                return window < config["max_position_embeddings"]!.GetValue<uint>()
                    ? [$"Other programs know no sliding window for GGUF files of this architecture: beyond {window} tokens they see more than the model does."]
                    : [];
            },
        },
        new("qwen2", "qwen2")
        {
            Tensors = [.. Ends, .. PlainQueryAndKey, .. GatedParts, .. TwoNorms],
            Keys = [.. GatedKeys.Except([HeadSize])],
            Implied = [Silu, new("use_sliding_window", false)],
        },
        new("qwen3", "qwen3")
        {
            Tensors = [.. Ends, .. PlainQueryAndKey, .. GatedParts, .. TwoNorms, .. HeadNorms],
            Keys = GatedKeys,
            Implied = [Silu, new("attention_bias", false), new("use_sliding_window", false)],
        },
        new("gemma", "gemma")
        {
            Tensors = [.. ShiftNorms([.. Ends, .. PlainQueryAndKey, .. GatedParts, .. TwoNorms])],
            Keys = GatedKeys,
            Implied =
            [
                new("hidden_activation", "gelu_pytorch_tanh", null),
                new("hidden_act", "gelu_pytorch_tanh", "gelu", "silu"),
                new("attention_bias", false),
            ],
        },
        new("phi2", "phi")
        {
            Tensors =
            [
                new("model.embed_tokens", "token_embd"),
                new("model.final_layernorm", "output_norm"),
                new("lm_head", "output"),
                .. PlainQueryAndKey,
                new(Layer + "self_attn.v_proj", "blk.{i}.attn_v"),
                new(Layer + "self_attn.dense", "blk.{i}.attn_output"),
                new(Layer + "mlp.fc1", "blk.{i}.ffn_up"),
                new(Layer + "mlp.fc2", "blk.{i}.ffn_down"),
                new(Layer + "input_layernorm", "blk.{i}.attn_norm"),
            ],
            Keys = [.. CommonKeys, KeyValueHeads, new("layer_norm_eps", "attention.layer_norm_epsilon", Number)],
            Implied = [new("hidden_act", "gelu_new", "gelu_pytorch_tanh"), new("qk_layernorm", false)],
            RotaryShare = "partial_rotary_factor",
        },
        new("gpt2", "gpt2")
        {
            Tensors =
            [
                new("transformer.wte", "token_embd"),
                new("transformer.wpe", "position_embd"),
                new("transformer.ln_f", "output_norm"),
                new("lm_head", "output"),
                new("transformer.h.{i}.ln_1", "blk.{i}.attn_norm"),
                new("transformer.h.{i}.ln_2", "blk.{i}.ffn_norm"),
                new("transformer.h.{i}.attn.c_attn", "blk.{i}.attn_qkv") { IsTransposed = true },
                new("transformer.h.{i}.attn.c_proj", "blk.{i}.attn_output") { IsTransposed = true },
                new("transformer.h.{i}.mlp.c_fc", "blk.{i}.ffn_up") { IsTransposed = true },
                new("transformer.h.{i}.mlp.c_proj", "blk.{i}.ffn_down") { IsTransposed = true },
            ],
            Keys =
            [
                new("n_embd", "embedding_length"),
                new("n_layer", "block_count"),
                new("n_head", "attention.head_count"),
                new("n_inner", "feed_forward_length", IsRequired: false),
                new("n_positions", "context_length"),
                new("layer_norm_epsilon", "attention.layer_norm_epsilon", Number),
            ],
            Implied =
            [
                new("activation_function", "gelu_new", "gelu_pytorch_tanh"),
                new("scale_attn_weights", true),
                new("scale_attn_by_inverse_layer_idx", false),
            ],
            RotaryBase = null,
            HeadKeys = ("n_embd", "n_head"),
            Describe = (config, metadata) =>
            {
                metadata.Set("gpt2.feed_forward_length", config["n_inner"]?.GetValue<uint>() ?? (4 * config["n_embd"]!.GetValue<uint>()));
                return [];
            },
        },
        new("gptneox", "gpt_neox")
        {
            Tensors =
            [
                new("gpt_neox.embed_in", "token_embd"),
                new("gpt_neox.final_layer_norm", "output_norm"),
                new("embed_out", "output"),
                new("gpt_neox.layers.{i}.input_layernorm", "blk.{i}.attn_norm"),
                new("gpt_neox.layers.{i}.post_attention_layernorm", "blk.{i}.ffn_norm"),
                new("gpt_neox.layers.{i}.attention.query_key_value", "blk.{i}.attn_qkv") { Rows = GgufRowOrder.FusedByHead },
                new("gpt_neox.layers.{i}.attention.dense", "blk.{i}.attn_output"),
                new("gpt_neox.layers.{i}.mlp.dense_h_to_4h", "blk.{i}.ffn_up"),
                new("gpt_neox.layers.{i}.mlp.dense_4h_to_h", "blk.{i}.ffn_down"),
            ],
            Keys =
            [
                .. CommonKeys,
                new("layer_norm_eps", "attention.layer_norm_epsilon", Number),
                new("use_parallel_residual", "use_parallel_residual", Flag, IsRequired: false),
            ],
            Implied = [new("hidden_act", "gelu", "gelu_new", "gelu_fast"), new("attention_bias", true)],
            RotaryBase = "rotary_emb_base",
            RotaryShare = "rotary_pct",
        },
        Bloom,
        FalconWithOneNorm,
        FalconWithTwoNorms,
        Gemma2,
        Gemma3,
        Olmo2,
        Phi3,
        SmolLm3,
        Mixtral,
        Qwen2Moe,
        Qwen3Moe,
    ];

    /// <summary>The family of a file.</summary>
    /// <exception cref="GgufException">It is not supported.</exception>
    public static GgufFamily Find(GgufMetadata metadata)
    {
        string architecture = metadata.Architecture;
        bool hasExperts = metadata.Integer($"{architecture}.expert_count") is > 0;
        return All.FirstOrDefault(family =>
                family.Architecture == architecture && family.HasExperts == hasExperts && family.Variant?.File(metadata) != false)
            ?? throw new GgufException("unknown-architecture", $"The architecture of '{metadata.File}' is not supported.")
            {
                File = metadata.File,
                Found = $"general.architecture: {architecture}{(hasExperts ? " with experts" : "")}",
                Expected = $"one of {string.Join(", ", All.Select(family => family.Architecture).Distinct())}",
            };
    }

    /// <summary>The family that a model is written as.</summary>
    /// <exception cref="InvalidInputException">GGUF has none for it.</exception>
    public static GgufFamily OfConfig(JsonObject config)
    {
        string modelType = config["model_type"]!.GetValue<string>();
        return All.FirstOrDefault(family =>
                (family.ModelType == modelType || family.AlsoWrites.Contains(modelType)) && family.Variant?.Config(config) != false)
            ?? throw new InvalidInputException("no-gguf-architecture", $"Models of type '{modelType}' are not written as GGUF.")
            {
                Found = $"model_type: {modelType}",
                Expected = $"one of {string.Join(", ", All.SelectMany(family => family.AlsoWrites.Prepend(family.ModelType)).Distinct())}",
            };
    }

    /// <summary>Whether a tensor holds factors of rotary frequencies, which become part of the configuration.</summary>
    public static bool IsRotaryTable(string stored) => stored
        is GgufRotary.Frequencies or GgufRotary.LongFactors or GgufRotary.ShortFactors
        || stored.EndsWith(".attn_rot_embd", StringComparison.Ordinal);

    // Gemma's norms multiply by one more than their weight; files have the sum.
    private static IEnumerable<GgufTensorRule> ShiftNorms(IEnumerable<GgufTensorRule> rules) =>
        rules.Select(rule => rule.Name.EndsWith("norm", StringComparison.Ordinal) ? rule with { Offset = 1 } : rule);
}
