using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Generation;

/// <summary>When a beam search stops for a prompt that has as many finished sequences as beams.</summary>
[JsonConverter(typeof(EarlyStoppingConverter))]
public enum EarlyStopping
{
    /// <summary>When the best running beam, ended now, would not beat the worst finished sequence; <c>false</c> in files.</summary>
    Heuristic,

    /// <summary>At once; <c>true</c> in files.</summary>
    Immediate,

    /// <summary>When no running beam can beat the worst finished sequence at any length; <c>"never"</c> in files.</summary>
    Never,
}

/// <summary>Reads and writes true, false and "never".</summary>
public sealed class EarlyStoppingConverter : JsonConverter<EarlyStopping>
{
    /// <inheritdoc/>
    public override EarlyStopping Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => EarlyStopping.Immediate,
        JsonTokenType.False => EarlyStopping.Heuristic,
        JsonTokenType.String when reader.ValueTextEquals("never"u8) => EarlyStopping.Never,
        _ => throw new JsonException("Early stopping is true, false or \"never\"."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EarlyStopping value, JsonSerializerOptions options)
    {
        if (value == EarlyStopping.Never)
        {
            writer.WriteStringValue("never"u8);
        }
        else
        {
            writer.WriteBooleanValue(value == EarlyStopping.Immediate);
        }
    }
}
