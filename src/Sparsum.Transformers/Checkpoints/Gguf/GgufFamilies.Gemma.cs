using System.Text.Json.Nodes;
using Sparsum.Transformers.Models;
using static Sparsum.Transformers.Checkpoints.Gguf.GgufKeyKind;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Gemma 2 and 3, of which files do not say the pattern of windows and the scale of scores.</summary>
internal static partial class GgufFamilies
{
    private const int Gemma2Period = 2;
    private const int Gemma3Period = 6;

    // The models of 27 billion parameters, which readers know by their blocks.
    private const int LargeGemma2 = 46;
    private const int LargeGemma3 = 62;

    private static GgufKey Window => new("sliding_window", "attention.sliding_window");

    private static GgufFamily Gemma2 => new("gemma2", "gemma2")
    {
        Tensors = [.. ShiftNorms(GemmaTensors)],
        Keys =
        [
            .. GatedKeys,
            Window,
            new("attn_logit_softcapping", "attn_logit_softcapping", Number),
            new("final_logit_softcapping", "final_logit_softcapping", Number),
        ],
        Implied = GemmaImplied,
        Complete = (file, config) =>
        {
            CheckPeriod(file, Gemma2Period);
            config["query_pre_attn_scalar"] = ScoreScalar(config, LargeGemma2);
        },
        Describe = (config, _) =>
        {
            foreach (string key in (string[])["attn_logit_softcapping", "final_logit_softcapping"])
            {
                Require(config, key, config[key] is not null, "a number");
            }

            CheckGemma(config, LargeGemma2, Gemma2Period);
            return [];
        },
    };

    private static GgufFamily Gemma3 => new("gemma3", "gemma3_text")
    {
        Tensors = [.. ShiftNorms([.. GemmaTensors, .. HeadNorms])],
        Keys = [.. GatedKeys, Window],
        Implied =
        [
            .. GemmaImplied, new("attn_logit_softcapping", (object?)null), new("final_logit_softcapping", (object?)null),
        ],
        Complete = (file, config) =>
        {
            CheckPeriod(file, Gemma3Period);
            config["query_pre_attn_scalar"] = ScoreScalar(config, LargeGemma3);
            if (file.Metadata.Number("gemma3.rope.freq_base_swa") is { } local)
            {
                config["rope_local_base_freq"] = local;
            }
        },
        Prepare = NameRotary,
        Describe = (config, _) =>
        {
            const double LocalBase = 10_000;
            Require(config, "rope_local_base_freq", config["rope_local_base_freq"]?.GetValue<double>() is null or LocalBase, $"{LocalBase}");
            foreach (string key in (string[])["sliding_window_pattern", "_sliding_window_pattern"])
            {
                Require(config, key, config[key]?.GetValue<int>() is null or Gemma3Period || config["layer_types"] is not null, $"{Gemma3Period}");
            }

            CheckGemma(config, LargeGemma3, Gemma3Period);
            return [];
        },
    };

    private static GgufTensorRule[] GemmaTensors =>
    [
        .. Ends,
        .. PlainQueryAndKey,
        .. GatedParts,
        new(Layer + "input_layernorm", "blk.{i}.attn_norm"),
        new(Layer + "post_attention_layernorm", "blk.{i}.post_attention_norm"),
        new(Layer + "pre_feedforward_layernorm", "blk.{i}.ffn_norm"),
        new(Layer + "post_feedforward_layernorm", "blk.{i}.post_ffw_norm"),
    ];

    private static GgufImplied[] GemmaImplied => [new("hidden_activation", "gelu_pytorch_tanh"), new("attention_bias", false)];

    private static double ScoreScalar(JsonObject config, int largeModel) => config["num_hidden_layers"]!.GetValue<int>() == largeModel
        ? (double)config["hidden_size"]!.GetValue<int>() / config["num_attention_heads"]!.GetValue<int>()
        : config["head_dim"]?.GetValue<int>() ?? (config["hidden_size"]!.GetValue<int>() / config["num_attention_heads"]!.GetValue<int>());

    // Files may say the pattern after all; another than the published one would go unnoticed.
    private static void CheckPeriod(GgufFile file, int period)
    {
        string key = $"{file.Metadata.Architecture}.attention.sliding_window_pattern";
        if (file.Metadata.Has(key) && file.Metadata.Integer(key) != period)
        {
            throw new GgufException("unsupported-gguf-window", $"The blocks of '{file.File}' have windows in an order that is not supported.")
            {
                File = file.File,
                Found = $"{key}: {file.Metadata.Integer(key)?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "no whole number"}",
                Expected = $"{period}, or no such key",
            };
        }
    }

    private static void CheckGemma(JsonObject config, int largeModel, int period)
    {
        Require(config, "sliding_window", config["sliding_window"] is not null, "a number");
        double scalar = ScoreScalar(config, largeModel);
        Require(config, "query_pre_attn_scalar", config["query_pre_attn_scalar"]!.GetValue<double>() == scalar, $"{scalar}");
        bool isPattern = config["layer_types"] is not JsonArray types
            || types.Select((type, i) => type!.GetValue<string>() == ((i + 1) % period == 0 ? LayerTypes.Full : LayerTypes.Sliding)).All(fits => fits);
        Require(config, "layer_types", isPattern, $"{LayerTypes.Full} in each block whose number is a multiple of {period}, {LayerTypes.Sliding} elsewhere");
    }

    private static void Require(JsonObject config, string key, bool holds, string expected)
    {
        if (!holds)
        {
            throw GgufConfig.NoWord(config, key, expected);
        }
    }

    // Newer files have an object for each kind of block; where a file has both, the older key counts.
    private static void NameRotary(JsonObject config)
    {
        string key = config["rope_scaling"] is JsonObject { Count: > 0 } ? "rope_scaling" : "rope_parameters";
        if (config[key] is not JsonObject scaling || (scaling["full_attention"] ?? scaling["sliding_attention"]) is null)
        {
            return;
        }

        bool isPlain = (scaling["sliding_attention"]?["rope_type"] ?? scaling["sliding_attention"]?["type"])?.GetValue<string>() is null or "default";
        Require(config, key, isPlain, "no stretched positions in blocks with a window");
        double theta = config["rope_theta"]?.GetValue<double>() ?? 1_000_000;
        config["rope_local_base_freq"] = scaling["sliding_attention"]?["rope_theta"]?.GetValue<double>() ?? theta;
        config.Remove("rope_parameters");
        config["rope_scaling"] = scaling["full_attention"]?.DeepClone();
    }
}
