using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>JSON as tokenizer files have it: tokens as they are, without escapes that only HTML needs.</summary>
internal static class TokenizerFileText
{
    /// <summary>The text of a file, a line break at its end.</summary>
    public static string Format(JsonObject json, bool isIndented = true)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions
        {
            Indented = isIndented,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            json.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }
}
