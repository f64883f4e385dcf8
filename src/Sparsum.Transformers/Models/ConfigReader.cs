using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Sparsum.Core;

namespace Sparsum.Transformers.Models;

/// <summary>Reads a configuration record from the JSON of a <c>config.json</c>.</summary>
internal static class ConfigReader
{
    /// <summary>Reads a record; keys that it does not have are skipped.</summary>
    /// <exception cref="InvalidInputException">Required keys are missing, or a value has the wrong type.</exception>
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

        try
        {
            // Generated deserialisers give an absent init property its type's zero, so absent keys are filled in from a fresh record first.
            var merged = (JsonObject)JsonSerializer.SerializeToNode(new TConfig(), json)!;
            foreach (var property in config.EnumerateObject())
            {
                merged[property.Name] = JsonNode.Parse(property.Value.GetRawText());
            }

            return merged.Deserialize(json)!;
        }
        catch (JsonException e)
        {
            throw new InvalidInputException("malformed-config", $"config.json has a value of the wrong type at '{e.Path}'.", e)
            {
                Found = e.Message,
                Hint = "Compare the key with a configuration written by the library that made the model.",
            };
        }
    }
}
