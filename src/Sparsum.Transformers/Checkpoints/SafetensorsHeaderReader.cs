using System.Text.Json;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>Reads the JSON of a safetensors header and checks each entry for itself.</summary>
internal sealed class SafetensorsHeaderReader(string file)
{
    private const int MaxDepth = 8;
    private const int MaxDimensions = 64;

    private readonly List<SafetensorsEntry> entries = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    /// <summary>Reads a whole header, which must be valid UTF-8.</summary>
    /// <exception cref="JsonException">It is not JSON, or too deep.</exception>
    /// <exception cref="InvalidOperationException">A string is no valid text.</exception>
    /// <exception cref="SafetensorsException">An entry breaks a rule.</exception>
    public (List<SafetensorsEntry> Entries, Dictionary<string, string> Metadata) Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw Broken("duplicate-key", $"The header names '{name}' twice.", name, "each name once");
            }

            reader.Read();
            if (name == SafetensorsHeader.MetadataKey)
            {
                ReadMetadata(ref reader);
            }
            else
            {
                entries.Add(ReadEntry(ref reader, name));
            }
        }

        // One more step: the reader itself rejects anything but white space after the closing brace.
        reader.Read();
        return (entries, metadata);
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw BadMetadata(reader.TokenType);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw BadMetadata(reader.TokenType);
            }

            if (!metadata.TryAdd(key, reader.GetString()!))
            {
                throw Broken("duplicate-key", $"The metadata names '{key}' twice.", key, "each name once");
            }
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Broken("tensor-entry", $"The entry of tensor '{name}' is no object.", Describe(reader.TokenType), "an object");
        }

        TensorDataType? type = null;
        int[]? shape = null;
        (long Begin, long End)? range = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    type = ReadType(ref reader, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadShape(ref reader, name);
                    break;
                case "data_offsets" when range is null:
                    range = ReadRange(ref reader, name);
                    break;
                case "dtype" or "shape" or "data_offsets":
                    throw Broken("duplicate-key", $"Tensor '{name}' has '{key}' twice.", key, "each key once");
                default:
                    reader.Skip();
                    break;
            }
        }

        string? missing = type is null ? "dtype" : shape is null ? "shape" : range is null ? "data_offsets" : null;
        if (missing is not null)
        {
            throw Broken("tensor-entry", $"Tensor '{name}' has no '{missing}'.", "no such key", missing);
        }

        return Check(new TensorInfo(name, type!.Value, shape!), range!.Value.Begin, range.Value.End);
    }

    private SafetensorsEntry Check(TensorInfo info, long begin, long end)
    {
        // Bits of all elements; a product that does not fit cannot be in any file either.
        long bits = info.DataType.BitCount();
        foreach (int dimension in info.Shape)
        {
            if (dimension != 0 && bits > long.MaxValue / dimension)
            {
                string shape = string.Join(", ", info.Shape);
                throw Broken("shape-overflow", $"The shape of tensor '{info.Name}' overflows.", $"[{shape}]", "fewer than 2^63 bits");
            }

            bits *= dimension;
        }

        if (begin > end || bits % 8 != 0 || end - begin != bits / 8)
        {
            throw Broken(
                "data-offsets",
                $"The byte range of tensor '{info.Name}' does not match its type and shape.",
                $"[{begin}, {end}]",
                bits % 8 == 0 ? $"{bits / 8} bytes" : "a whole number of bytes");
        }

        return new SafetensorsEntry(info, begin, end);
    }

    private TensorDataType ReadType(ref Utf8JsonReader reader, string name)
    {
        string found = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Describe(reader.TokenType);
        return reader.TokenType == JsonTokenType.String && TensorDataTypes.TryParse(found, out var type)
            ? type
            : throw Broken("unknown-dtype", $"Tensor '{name}' has an unknown type.", found, TensorDataTypes.AllNames);
    }

    private int[] ReadShape(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Broken("bad-shape", $"The shape of tensor '{name}' is no array.", Describe(reader.TokenType), "an array of integers");
        }

        var shape = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (shape.Count == MaxDimensions)
            {
                throw Broken("bad-shape", $"Tensor '{name}' has too many dimensions.", "more", $"at most {MaxDimensions}");
            }

            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out int dimension) || dimension < 0)
            {
                throw Broken("bad-shape", $"Tensor '{name}' has a bad dimension.", Describe(ref reader), "an integer from 0 to 2^31 - 1");
            }

            shape.Add(dimension);
        }

        return [.. shape];
    }

    private (long Begin, long End) ReadRange(ref Utf8JsonReader reader, string name)
    {
        Span<long> range = stackalloc long[2];
        int count = 0;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Broken("data-offsets", $"The byte range of '{name}' is no array.", Describe(reader.TokenType), "[begin, end]");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count == 2 || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out range[count]) || range[count] < 0)
            {
                throw Broken("data-offsets", $"Tensor '{name}' has a bad byte range.", Describe(ref reader), "[begin, end]");
            }

            count++;
        }

        return count == 2
            ? (range[0], range[1])
            : throw Broken("data-offsets", $"Tensor '{name}' has a bad byte range.", $"{count} numbers", "[begin, end]");
    }

    private SafetensorsException BadMetadata(JsonTokenType found) =>
        Broken("metadata", $"'{SafetensorsHeader.MetadataKey}' may hold texts only.", Describe(found), "an object of strings");

    private SafetensorsException Broken(string code, string message, string found, string expected) =>
        new(code, $"'{file}': {message}")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = SafetensorsHeader.DamagedHint,
        };

    private static string Describe(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number
            ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan[..Math.Min(reader.ValueSpan.Length, 40)])
            : Describe(reader.TokenType);

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "true or false",
    };
}
