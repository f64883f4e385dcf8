using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>Reads the <c>weight_map</c> of an index file: which shard holds which tensor.</summary>
internal static class ShardIndex
{
    private static readonly JsonRules Rules = new() { Code = "index-json", Hint = SafetensorsHeader.DamagedHint, MaxBytes = 100_000_000, MaxDepth = 16 };

    /// <summary>Reads a whole index: tensor name to shard file name, which is a plain name within the same folder.</summary>
    /// <exception cref="CheckpointException">It is no JSON, or breaks a rule.</exception>
    public static IReadOnlyDictionary<string, string> Read(string file)
    {
        try
        {
            return ReadMap(file, StrictJson.Read(file, Rules));
        }
        catch (InvalidInputException error) when (error is not CheckpointException)
        {
            throw new CheckpointException(error.Code, error.Message, error)
            {
                File = file,
                Found = error.Found,
                Expected = error.Expected,
                Hint = error.Hint,
            };
        }
    }

    private static Dictionary<string, string> ReadMap(string file, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw Broken(file, "index-structure", "It is no JSON object.", "another value", "an object");
        }

        if (!root.TryGetProperty("weight_map", out var names))
        {
            throw Broken(file, "index-structure", "It has no 'weight_map'.", "no such key", "weight_map");
        }

        if (names.ValueKind != JsonValueKind.Object)
        {
            throw Broken(file, "index-structure", "Its 'weight_map' is no object.", "another value", "tensor names with shard names");
        }

        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in names.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String)
            {
                throw Broken(file, "index-structure", $"The shard of tensor '{entry.Name}' is no string.", "another value", "a file name");
            }

            string shard = entry.Value.GetString()!;
            if (!IsPlainName(shard))
            {
                throw Broken(file, "shard-path", $"The shard of tensor '{entry.Name}' leads out of its folder.", shard, "a plain file name");
            }

            // One string per shard instead of one per tensor.
            shards.TryAdd(shard, shard);
            map.Add(entry.Name, shards[shard]);
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
