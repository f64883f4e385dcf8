using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Sparsum.Core;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Evaluation.Texts;

/// <summary>
/// Ready token ids: <c>input_ids [rows, tokens]</c> from safetensors, or from JSON as an object or a bare array of arrays; beside them,
/// where they are there, <c>attention_mask</c>, whose zeros are cut off, and <c>decoder_input_ids</c> with <c>decoder_attention_mask</c>.
/// What the file holds decides, not its name.
/// </summary>
public sealed class TokenIdFile
{
    private const string SourceKey = "input_ids";
    private const string SourceMaskKey = "attention_mask";
    private const string TargetKey = "decoder_input_ids";
    private const string TargetMaskKey = "decoder_attention_mask";
    private static readonly string[] Keys = [SourceKey, SourceMaskKey, TargetKey, TargetMaskKey];

    private static readonly JsonRules Rules = new()
    {
        Code = "malformed-ids",
        Expected = $"'{SourceKey}' of shape [rows, tokens] with ids from 0 on",
        Hint = "Give text to have it tokenised.",
    };

    private TokenIdFile(string path, IReadOnlyList<int[]> sequences, IReadOnlyList<int[]>? targets)
    {
        Path = path;
        Sequences = sequences;
        Targets = targets;
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>The ids of each row, without padding.</summary>
    public IReadOnlyList<int[]> Sequences { get; }

    /// <summary>What a decoder reads beside each row; null where the file has none.</summary>
    public IReadOnlyList<int[]>? Targets { get; }

    /// <summary>Whether a file holds ids rather than text: safetensors, or JSON with <c>input_ids</c> or arrays of arrays.</summary>
    public static bool Holds(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        if (StrictText.Identify(path) is { } kind)
        {
            return kind == FileSignature.Safetensors;
        }

        if (IsNamedSafetensors(path))
        {
            return true;
        }

        string first = StrictText.ReadLines(path).FirstOrDefault(line => !string.IsNullOrWhiteSpace(line), "").TrimStart();
        if (!first.StartsWith('{') && !first.StartsWith('['))
        {
            return false;
        }

        // A whole object in the first line settles it, so that a large file of JSON lines need not be read for it.
        var line = JsonRow.TryParse(first);
        return (line is { ValueKind: JsonValueKind.Object } ? line : JsonRow.TryParse(StrictText.Read(path))) switch
        {
            { ValueKind: JsonValueKind.Object } root => root.TryGetProperty(SourceKey, out _),
            { ValueKind: JsonValueKind.Array } root => root.GetArrayLength() > 0 && root[0].ValueKind == JsonValueKind.Array,
            _ => false,
        };
    }

    /// <summary>The sequences without padding, and the targets if there are any.</summary>
    /// <exception cref="InvalidInputException">The file holds no ids, or masks or targets that do not fit them.</exception>
    public static TokenIdFile Read(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        var matrices = StrictText.Identify(path) == FileSignature.Safetensors || IsNamedSafetensors(path) ? ReadSafetensors(path) : ReadJson(path);
        var sequences = Cut(path, SourceKey, matrices[SourceKey], matrices.GetValueOrDefault(SourceMaskKey));
        if (!matrices.TryGetValue(TargetKey, out int[][]? targets))
        {
            return new(path, sequences, null);
        }

        return targets.Length == sequences.Length
            ? new(path, sequences, Cut(path, TargetKey, targets, matrices.GetValueOrDefault(TargetMaskKey)))
            : throw Malformed(path, FormattableString.Invariant($"{sequences.Length} rows of '{SourceKey}' and {targets.Length} of '{TargetKey}'"));
    }

    /// <summary>SHA-256 of the file as it is on disk, in lower-case hexadecimal digits.</summary>
    public string ComputeSha256()
    {
        using var stream = File.OpenRead(Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // What is named so and is none is damaged, and the reader of checkpoints tells how.
    private static bool IsNamedSafetensors(string path) => System.IO.Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, int[][]> ReadSafetensors(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        var matrices = new Dictionary<string, int[][]>();
        foreach (string key in Keys)
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
            var root = StrictJson.Parse(Encoding.UTF8.GetBytes(StrictText.Read(path)), path, Rules);
            if (root.ValueKind != JsonValueKind.Object)
            {
                return new() { [SourceKey] = ToMatrix(path, SourceKey, root) };
            }

            var matrices = new Dictionary<string, int[][]>();
            foreach (string key in Keys)
            {
                if (root.TryGetProperty(key, out var value))
                {
                    matrices[key] = ToMatrix(path, key, value);
                }
            }

            return matrices.ContainsKey(SourceKey) ? matrices : throw Malformed(path, JsonRow.Describe(root));
        }
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
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

    private static InvalidInputException Malformed(string path, string found) => new("malformed-ids", $"'{path}' holds no token ids.")
    {
        File = path,
        Found = found,
        Expected = Rules.Expected,
        Hint = Rules.Hint,
    };
}
