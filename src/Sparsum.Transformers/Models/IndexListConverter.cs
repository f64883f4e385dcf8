using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>Reads and writes lists of numbers in the text form of <see cref="IndexList"/>.</summary>
public sealed class IndexListConverter : JsonConverter<IReadOnlyList<int>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String
                ? IndexList.Parse(reader.GetString()!)
                : throw new JsonException("A list of numbers is a text such as \"0-5, 7, 9-11\".");
        }
        catch (FormatException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options) =>
        writer.WriteStringValue(IndexList.Format(value));
}
