using System.Text.Json;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Cli.Inputs;

/// <summary>
/// Named matrices from a safetensors file, or from a JSON object of arrays of arrays: token ids, or numbers where those are asked for.
/// </summary>
internal sealed class TokenFile
{
    private static readonly JsonRules Rules = new()
    {
        Expected = "{\"input_ids\": [[…], …]}",
        Hint = "Give a JSON object or a safetensors file.",
        MaxBytes = 1L << 30,
    };

    private readonly string path;
    private readonly Dictionary<string, TokenMatrix> matrices;

    private TokenFile(string path, Dictionary<string, TokenMatrix> matrices)
    {
        this.path = path;
        this.matrices = matrices;
    }

    /// <summary>Numbers of any kind, row by row, where the file has them; integers are numbers too.</summary>
    /// <exception cref="InvalidInputException">The file has something else under the name.</exception>
    public static float[]? ReadNumbers(string path, string name)
    {
        if (IsSafetensors(path))
        {
            using var checkpoint = Checkpoint.Open(path);
            if (!checkpoint.Tensors.TryGetValue(name, out var info))
            {
                return null;
            }

            float[] values = new float[info.ElementCount];
            checkpoint.Read(name, values);
            return values;
        }

        var numbers = new List<float>();
        var json = StrictJson.Read(path, Rules);
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out var value))
        {
            return null;
        }

        Collect(value, 0);
        return [.. numbers];

        void Collect(JsonElement element, int depth)
        {
            if (element.ValueKind == JsonValueKind.Number)
            {
                numbers.Add(element.GetSingle());
                return;
            }

            foreach (var item in element.ValueKind == JsonValueKind.Array && depth < 2 ? element.EnumerateArray() : throw NoNumbers(element))
            {
                Collect(item, depth + 1);
            }
        }

        InvalidInputException NoNumbers(JsonElement element) => new("malformed-input", $"'{name}' in '{path}' is no list of numbers.")
        {
            File = path,
            Found = element.ValueKind.ToString(),
            Expected = "a number for each sequence and output",
        };
    }

    /// <summary>
    /// Whether a file is one of named matrices, rather than of texts: a safetensors file, a JSON file (.json) of an object, or of any name one
    /// of token ids.
    /// </summary>
    public static bool HoldsObject(string path) => IsSafetensors(path)
        || (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            && File.Exists(path) && StrictJson.Read(path, Rules).ValueKind == JsonValueKind.Object)
        || TokenIdFile.Holds(path);

    /// <summary>Reads those of the named matrices that the file has.</summary>
    public static TokenFile Read(string path, params IReadOnlyList<string> names)
    {
        if (!File.Exists(path))
        {
            throw new InvalidInputException("missing-file", $"There is no file '{path}'.") { File = path, Hint = "Check the path." };
        }

        return new TokenFile(path, IsSafetensors(path) ? ReadSafetensors(path, names) : ReadJson(path, names));
    }

    private static bool IsSafetensors(string path) => Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);

    public TokenMatrix Get(string name) => Find(name)
        ?? throw new InvalidInputException("missing-input", $"'{path}' has no '{name}'.")
        {
            File = path,
            Found = matrices.Count == 0 ? "none of the known names" : string.Join(", ", matrices.Keys),
            Expected = name,
            Hint = $"Add '{name}' as integers of the shape [batch, tokens].",
        };

    public TokenMatrix? Find(string name) => matrices.GetValueOrDefault(name);

    /// <summary>A matrix that must have the shape of another one.</summary>
    public TokenMatrix? Find(string name, TokenMatrix like)
    {
        var matrix = Find(name);
        return matrix is null || (matrix.Rows == like.Rows && matrix.Columns == like.Columns)
            ? matrix
            : throw new InvalidInputException("shape-mismatch", $"'{name}' in '{path}' has another shape than the token ids.")
            {
                File = path,
                Found = $"[{matrix.Rows}, {matrix.Columns}]",
                Expected = $"[{like.Rows}, {like.Columns}]",
                Hint = $"Give '{name}' one value per token.",
            };
    }

    private static Dictionary<string, TokenMatrix> ReadSafetensors(string path, IReadOnlyList<string> names)
    {
        using var checkpoint = Checkpoint.Open(path);
        var matrices = new Dictionary<string, TokenMatrix>();
        foreach (string name in names)
        {
            if (checkpoint.Tensors.TryGetValue(name, out var info))
            {
                if (info.Shape.Count is not (1 or 2))
                {
                    throw Malformed(path, name, $"{info.Shape.Count} dimensions");
                }

                int columns = info.Shape[^1];
                int rows = info.Shape.Count == 1 ? 1 : info.Shape[0];
                matrices[name] = new TokenMatrix(rows, columns, [.. checkpoint.ReadIntegers(name).Select(value => ToToken(path, name, value))]);
            }
        }

        return matrices;
    }

    private static Dictionary<string, TokenMatrix> ReadJson(string path, IReadOnlyList<string> names)
    {
        var json = StrictJson.Read(path, Rules);
        var matrices = new Dictionary<string, TokenMatrix>();
        foreach (string name in names)
        {
            if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value))
            {
                matrices[name] = ReadMatrix(path, name, value);
            }
        }

        return matrices;
    }

    private static TokenMatrix ReadMatrix(string path, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            throw Malformed(path, name, value.ValueKind.ToString());
        }

        bool isOneRow = value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Number;
        JsonElement[] rows = isOneRow ? [value] : [.. value.EnumerateArray()];
        if (rows.Any(row => row.ValueKind != JsonValueKind.Array || row.GetArrayLength() != rows[0].GetArrayLength()))
        {
            throw Malformed(path, name, "rows of different length");
        }

        int[] values = [.. rows.SelectMany(row => row.EnumerateArray()).Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long id)
            ? ToToken(path, name, id)
            : throw Malformed(path, name, item.ToString()))];
        return new TokenMatrix(rows.Length, rows.Length == 0 ? 0 : rows[0].GetArrayLength(), values);
    }

    private static int ToToken(string path, string name, long value) =>
        value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Malformed(path, name, $"the number {value}");

    private static InvalidInputException Malformed(string path, string name, string found) =>
        new("malformed-input", $"'{name}' in '{path}' is no matrix of integers.")
        {
            File = path,
            Found = found,
            Expected = "integers of the shape [batch, tokens]",
            Hint = "Pad the rows to one length and give an attention_mask.",
        };
}
