using System.Text.Json;
using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>Settings of the reference that change tokens and are not built: refused unless they are at rest.</summary>
internal static class UnsupportedSettings
{
    // The number at which each does nothing; null, false and empty ones never do.
    private static readonly Dictionary<string, double> Neutral = new(StringComparer.Ordinal)
    {
        ["assistant_early_exit"] = 0,
        ["constraints"] = 0,
        ["diversity_penalty"] = 0,
        ["dola_layers"] = 0,
        ["force_words_ids"] = 0,
        ["forced_decoder_ids"] = 0,
        ["guidance_scale"] = 1,
        ["max_time"] = double.NaN,
        ["num_beam_groups"] = 1,
        ["penalty_alpha"] = 0,
        ["prompt_lookup_num_tokens"] = 0,
        ["remove_invalid_values"] = 0,
        ["renormalize_logits"] = 0,
        ["sequence_bias"] = 0,
        ["stop_strings"] = 0,
        ["token_healing"] = 0,
        ["top_h"] = 1,
        ["watermarking_config"] = 0,
    };

    // What says something of the file, of what is returned or of how it is computed, but changes no token.
    private static readonly string[] WithoutEffect =
    [
        "_from_model_config", "cache_config", "cache_implementation", "disable_compile", "is_assistant", "low_memory", "output_attentions",
        "output_hidden_states", "output_logits", "output_scores", "return_dict_in_generate", "return_legacy_cache", "transformers_version",
    ];

    /// <summary>Refuses a name that is no setting at all, such as a misspelt one.</summary>
    /// <exception cref="InvalidInputException">There is one.</exception>
    public static JsonElement CheckNames(JsonElement json)
    {
        var known = GenerationJson.Default.GenerationConfig.Properties.Select(property => property.Name).Concat(Neutral.Keys).Concat(WithoutEffect).ToHashSet();
        foreach (var property in json.EnumerateObject())
        {
            if (!known.Contains(property.Name))
            {
                throw new InvalidInputException("unknown-setting", $"'{property.Name}' is no generation setting that is known.")
                {
                    Found = property.Name,
                    Expected = "a setting under the name that the reference gives it, such as num_beams",
                    Hint = "Check the spelling, or leave it out.",
                };
            }
        }

        return json;
    }

    /// <summary>Refuses a setting that cannot be honoured.</summary>
    /// <exception cref="InvalidInputException">There is one.</exception>
    public static void Check(JsonElement json)
    {
        foreach (var property in json.EnumerateObject())
        {
            if (Neutral.TryGetValue(property.Name, out double neutral) && !IsAtRest(property.Value, neutral))
            {
                throw ConfigCheck.Unsupported(property.Name, property.Value.GetRawText(), "left out");
            }
        }
    }

    private static bool IsAtRest(JsonElement value, double neutral) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Number => value.GetDouble() == neutral,
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
