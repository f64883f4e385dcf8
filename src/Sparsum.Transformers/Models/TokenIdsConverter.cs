using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>Reads token ids that a file gives as one number or as a list, and writes one id as a number.</summary>
public sealed class TokenIdsConverter : JsonConverter<IReadOnlyList<int>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return [ReadId(ref reader)];
        }

        var ids = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ids.Add(ReadId(ref reader));
        }

        return ids;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
    {
        if (value.Count == 1)
        {
            writer.WriteNumberValue(value[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (int id in value)
        {
            writer.WriteNumberValue(id);
        }

        writer.WriteEndArray();
    }

    private static int ReadId(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int id)
            ? id
            : throw new JsonException("A token id is an integer.");
}
