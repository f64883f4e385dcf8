using System.Text.Json;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Errors;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>Reads ready token ids: <c>input_ids [samples, tokens]</c> from safetensors, or from JSON as an object or a bare array.</summary>
internal static class CalibrationIds
{
    private const string Key = "input_ids";

    /// <summary>Whether a file holds ids rather than text.</summary>
    public static bool IsIdsFile(string path) => Path.GetExtension(path).ToLowerInvariant() is ".safetensors" or ".json";

    public static IReadOnlyList<int[]> Read(string path) =>
        Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase) ? ReadSafetensors(path) : ReadJson(path);

    private static int[][] ReadSafetensors(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        if (!checkpoint.Tensors.TryGetValue(Key, out var info))
        {
            throw Malformed(path, $"tensors {string.Join(", ", checkpoint.Tensors.Keys.Order(StringComparer.Ordinal).Take(5))}");
        }

        if (info.Shape is not [> 0, > 0])
        {
            throw Malformed(path, $"the shape [{string.Join(", ", info.Shape)}]");
        }

        int length = info.Shape[1];
        return [.. checkpoint.ReadIntegers(Key).Select(id => ToId(path, id)).Chunk(length)];
    }

    private static int[][] ReadJson(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var json = JsonDocument.Parse(stream);
            var rows = json.RootElement;
            if (rows.ValueKind == JsonValueKind.Object && rows.TryGetProperty(Key, out var value))
            {
                rows = value;
            }

            int[][] sequences = [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(id => ToId(path, id.GetInt64())).ToArray())];
            return sequences.Length > 0 && sequences[0].Length > 0 && sequences.All(row => row.Length == sequences[0].Length)
                ? sequences
                : throw Malformed(path, "rows of no or different length");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Malformed(path, exception.Message);
        }
    }

    private static int ToId(string path, long id) =>
        id is >= 0 and <= int.MaxValue ? (int)id : throw Malformed(path, FormattableString.Invariant($"the id {id}"));

    private static InvalidInputException Malformed(string path, string found) => new(
        "malformed-ids", $"'{path}' holds no token ids for calibration.")
    {
        File = path,
        Found = found,
        Expected = $"'{Key}' of shape [samples, tokens] with ids from 0 on",
        Hint = "Give text as .txt or .jsonl to have it tokenised.",
    };
}
