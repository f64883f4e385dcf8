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
