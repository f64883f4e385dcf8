using System.Text.Json;
using System.Text.Unicode;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>Reads the <c>weight_map</c> of an index file: which shard holds which tensor.</summary>
internal static class ShardIndex
{
    private const int MaxBytes = 100_000_000;
    private const int MaxDepth = 16;

    /// <summary>Reads a whole index: tensor name to shard file name, which is a plain name within the same folder.</summary>
    /// <exception cref="CheckpointException">It is absent, no JSON, or breaks a rule.</exception>
    public static IReadOnlyDictionary<string, string> Read(string file)
    {
        byte[] json = ReadBytes(file);
        if (!Utf8.IsValid(json))
        {
            throw Broken(file, "index-json", "It is not valid UTF-8.", "other bytes", "UTF-8");
        }

        try
        {
            return Parse(json, file);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escape that is half of a surrogate pair.
            throw new CheckpointException("index-json", $"'{file}' is not valid JSON: {exception.Message}", exception)
            {
                File = file,
                Hint = SafetensorsHeader.DamagedHint,
            };
        }
    }

    private static byte[] ReadBytes(string file)
    {
        using var handle = FileRegion.Open(file, out long length);
        if (length > MaxBytes)
        {
            throw Broken(file, "index-too-large", "It is longer than any real index.", $"{length} bytes", $"at most {MaxBytes} bytes");
        }

        byte[] json = new byte[length];
        new FileRegion(handle, file, 0, length).Read(0, json);
        return json;
    }

    private static Dictionary<string, string> Parse(ReadOnlySpan<byte> json, string file)
    {
        Dictionary<string, string>? map = null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Broken(file, "index-structure", "It is no JSON object.", "another value", "an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isMap = reader.ValueTextEquals("weight_map"u8);
            reader.Read();
            if (!isMap)
            {
                reader.Skip();
            }
            else if (map is not null)
            {
                throw Broken(file, "index-structure", "It has 'weight_map' twice.", "weight_map", "each key once");
            }
            else
            {
                map = ParseMap(ref reader, file);
            }
        }

        reader.Read();
        return map ?? throw Broken(file, "index-structure", "It has no 'weight_map'.", "no such key", "weight_map");
    }

    private static Dictionary<string, string> ParseMap(ref Utf8JsonReader reader, string file)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Broken(file, "index-structure", "Its 'weight_map' is no object.", "another value", "tensor names with shard names");
        }

        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string tensor = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
            {
                throw Broken(file, "index-structure", $"The shard of tensor '{tensor}' is no string.", "another value", "a file name");
            }

            string shard = reader.GetString()!;
            if (!IsPlainName(shard))
            {
                throw Broken(file, "shard-path", $"The shard of tensor '{tensor}' leads out of its folder.", shard, "a plain file name");
            }

            // One string per shard instead of one per tensor.
            shards.TryAdd(shard, shard);
            if (!map.TryAdd(tensor, shards[shard]))
            {
                throw Broken(file, "duplicate-tensor", $"It names tensor '{tensor}' twice.", tensor, "each tensor once");
            }
        }

        return map;
    }

    private static bool IsPlainName(string name) =>
        name is not ("" or "." or "..") && name.Length < 256 && !name.AsSpan().ContainsAny("/\\:\0");

    private static CheckpointException Broken(string file, string code, string message, string found, string expected) =>
        new(code, $"'{file}' is no usable index. {message}")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = SafetensorsHeader.DamagedHint,
        };
}
