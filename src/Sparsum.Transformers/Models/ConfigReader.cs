using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Sparsum.Core;

namespace Sparsum.Transformers.Models;

/// <summary>Reads a configuration record from the JSON of a <c>config.json</c>.</summary>
internal static class ConfigReader
{
    /// <summary>
    /// Reads a record; keys that it does not have are skipped. Null is the default where a field can be left open, and false for a flag.
    /// </summary>
    /// <exception cref="InvalidInputException">Required keys are missing, a value has the wrong type, or a number makes no sense.</exception>
    public static TConfig Read<TConfig>(JsonElement config, JsonTypeInfo<TConfig> json)
        where TConfig : ModelConfig, new()
    {
        string[] missing =
        [
            .. json.Properties
                .Where(property => property.IsRequired && !config.TryGetProperty(property.Name, out _))
                .Select(property => property.Name),
        ];
        if (missing.Length > 0)
        {
            throw new InvalidInputException("missing-config-keys", $"config.json lacks {string.Join(", ", missing)}.")
            {
                Expected = string.Join(", ", missing),
                Hint = "Take the config.json that belongs to these weights.",
            };
        }

        ConfigFields.Check(config, json);

        // Generated deserialisers give an absent init property its type's zero, so absent keys are filled in from a fresh record first.
        var merged = (JsonObject)JsonSerializer.SerializeToNode(new TConfig(), json)!;
        var properties = json.Properties.ToDictionary(property => property.Name, StringComparer.Ordinal);
        foreach (var field in config.EnumerateObject())
        {
            bool isFalse = properties.TryGetValue(field.Name, out var property) && ConfigFields.MeansFalse(property, field.Value);
            if (field.Name == "pad_token_id" && field.Value.ValueKind == JsonValueKind.Number && field.Value.GetDouble() < 0)
            {
                // Older files say so that there is none.
                merged.Remove(field.Name);
                continue;
            }

            merged[field.Name] = isFalse ? false : Node(field.Value);
        }

        return ConfigFields.Deserialize(() => merged.Deserialize(json), config);
    }

    private static JsonNode? Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(value),
        JsonValueKind.Array => JsonArray.Create(value),
        _ => JsonValue.Create(value),
    };
}
