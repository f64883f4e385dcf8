using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sparsum.Cli.Running;

/// <summary>JSON as the command writes it: readable, in insertion order, without escapes that only HTML needs.</summary>
internal static class JsonText
{
    public static string Format(JsonNode node, bool indented = true)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            node.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes a document and a line end, with a last field whose entries are made one by one.</summary>
    public static void Write(TextWriter output, JsonObject document, (string Name, IEnumerable<JsonNode> Entries)? items)
    {
        if (items is not var (name, entries))
        {
            output.WriteLine(Format(document));
            return;
        }

        const int chunk = 1 << 16;
        var buffer = new ArrayBufferWriter<byte>(2 * chunk);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in document)
            {
                writer.WritePropertyName(key);
                if (value is null)
                {
                    writer.WriteNullValue();
                }
                else
                {
                    value.WriteTo(writer);
                }
            }

            writer.WriteStartArray(name);
            foreach (var entry in entries)
            {
                entry.WriteTo(writer);
                if (writer.BytesPending + buffer.WrittenCount > chunk)
                {
                    writer.Flush();
                    Empty();
                }
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        Empty();
        output.WriteLine();

        void Empty()
        {
            output.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
            buffer.ResetWrittenCount();
        }
    }

    /// <summary>A number, or null where JSON has none (NaN, infinity).</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>The name of an enumeration's value as documents write it.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> convert) => [.. items.Select(convert)];
}
