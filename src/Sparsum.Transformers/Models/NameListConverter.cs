using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>A list of names, which older files write as one text with bars between.</summary>
internal sealed class NameListConverter : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString()!.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }

        var names = new List<string>();
        while (reader.TokenType == JsonTokenType.StartArray || reader.TokenType == JsonTokenType.String)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                names.Add(reader.GetString()!);
            }

            reader.Read();
        }

        return reader.TokenType == JsonTokenType.EndArray ? names : throw new JsonException("A list of names is a list of texts, or one text.");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string name in value)
        {
            writer.WriteStringValue(name);
        }

        writer.WriteEndArray();
    }
}
