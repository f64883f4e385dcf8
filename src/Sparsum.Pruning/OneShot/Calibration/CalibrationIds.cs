using System.Text.Json;
using Sparsum.Core;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// Reads ready token ids: <c>input_ids [samples, tokens]</c> from safetensors, or from JSON as an object or a bare array; beside them,
/// where they are there, <c>attention_mask</c>, whose zeros are cut off, and <c>decoder_input_ids</c> with <c>decoder_attention_mask</c>.
/// </summary>
internal static class CalibrationIds
{
    private const string SourceKey = "input_ids";
    private const string SourceMaskKey = "attention_mask";
    private const string TargetKey = "decoder_input_ids";
    private const string TargetMaskKey = "decoder_attention_mask";

    /// <summary>Whether a file holds ids rather than text.</summary>
    public static bool IsIdsFile(string path) => Path.GetExtension(path).ToLowerInvariant() is ".safetensors" or ".json";

    /// <summary>The sequences without padding, and the targets if there are any.</summary>
    /// <exception cref="InvalidInputException">The file holds no ids, or masks or targets that do not fit them.</exception>
    public static (IReadOnlyList<int[]> Sequences, IReadOnlyList<int[]>? Targets) Read(string path)
    {
        var matrices = Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase) ? ReadSafetensors(path) : ReadJson(path);
        var sequences = Cut(path, SourceKey, matrices[SourceKey], matrices.GetValueOrDefault(SourceMaskKey));
        if (!matrices.TryGetValue(TargetKey, out int[][]? targets))
        {
            return (sequences, null);
        }

        return targets.Length == sequences.Length
            ? (sequences, Cut(path, TargetKey, targets, matrices.GetValueOrDefault(TargetMaskKey)))
            : throw Malformed(path, FormattableString.Invariant($"{sequences.Length} rows of '{SourceKey}' and {targets.Length} of '{TargetKey}'"));
    }

    private static Dictionary<string, int[][]> ReadSafetensors(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        var matrices = new Dictionary<string, int[][]>();
        foreach (string key in new[] { SourceKey, SourceMaskKey, TargetKey, TargetMaskKey })
        {
            if (checkpoint.Tensors.TryGetValue(key, out var info))
            {
                matrices[key] = info.Shape is [> 0, > 0]
                    ? [.. checkpoint.ReadIntegers(key).Select(id => ToId(path, id)).Chunk(info.Shape[1])]
                    : throw Malformed(path, $"'{key}' of shape [{string.Join(", ", info.Shape)}]");
            }
        }

        return matrices.ContainsKey(SourceKey)
            ? matrices
            : throw Malformed(path, $"tensors {string.Join(", ", checkpoint.Tensors.Keys.Order(StringComparer.Ordinal).Take(5))}");
    }

    private static Dictionary<string, int[][]> ReadJson(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var json = JsonDocument.Parse(stream);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return new() { [SourceKey] = ToMatrix(path, SourceKey, root) };
            }

            var matrices = new Dictionary<string, int[][]>();
            foreach (string key in new[] { SourceKey, SourceMaskKey, TargetKey, TargetMaskKey })
            {
                if (root.TryGetProperty(key, out var value))
                {
                    matrices[key] = ToMatrix(path, key, value);
                }
            }

            return matrices.ContainsKey(SourceKey)
                ? matrices
                : throw Malformed(path, $"the keys {string.Join(", ", root.EnumerateObject().Select(property => property.Name).Take(5))}");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Malformed(path, exception.Message);
        }
    }

    private static int[][] ToMatrix(string path, string key, JsonElement rows)
    {
        int[][] matrix = [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(id => ToId(path, id.GetInt64())).ToArray())];
        return matrix.Length > 0 && matrix[0].Length > 0 && matrix.All(row => row.Length == matrix[0].Length)
            ? matrix
            : throw Malformed(path, $"rows of no or different length in '{key}'; pad them and give an attention mask");
    }

    /// <summary>Takes off what a mask says is padding; positions count from the first token that is left.</summary>
    private static int[][] Cut(string path, string key, int[][] ids, int[][]? mask)
    {
        if (mask is null)
        {
            return ids;
        }

        if (mask.Length != ids.Length || mask[0].Length != ids[0].Length)
        {
            throw Malformed(path, FormattableString.Invariant(
                $"'{key}' of shape [{ids.Length}, {ids[0].Length}] with a mask of shape [{mask.Length}, {mask[0].Length}]"));
        }

        return [.. ids.Select((row, i) => Cut(path, key, i, row, mask[i]))];
    }

    private static int[] Cut(string path, string key, int number, int[] ids, int[] mask)
    {
        int first = Array.FindIndex(mask, value => value != 0);
        int last = Array.FindLastIndex(mask, value => value != 0);
        return first >= 0 && Array.IndexOf(mask, 0, first, last - first + 1) < 0
            ? ids[first..(last + 1)]
            : throw Malformed(path, FormattableString.Invariant($"a mask with no tokens, or with a gap between them, in row {number} of '{key}'"));
    }

    private static int ToId(string path, long id) =>
        id is >= 0 and <= int.MaxValue ? (int)id : throw Malformed(path, FormattableString.Invariant($"the id {id}"));

    private static InvalidInputException Malformed(string path, string found) => new(
        "malformed-ids", $"'{path}' holds no token ids for calibration.")
    {
        File = path,
        Found = found,
        Expected = $"'{SourceKey}' of shape [samples, tokens] with ids from 0 on",
        Hint = "Give text as .txt or .jsonl to have it tokenised.",
    };
}
