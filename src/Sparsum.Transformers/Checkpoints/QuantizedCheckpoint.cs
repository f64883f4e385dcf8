using System.Text.Json;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// A checkpoint some of whose matrices are stored as 8-bit numbers with scales, seen as if all were plain: what is read has its scales
/// applied, and neither scales nor zero points are among <see cref="Tensors"/>. Values are computed in float32; copied, they have the type
/// that the model's configuration names for its weights.
/// </summary>
public sealed class QuantizedCheckpoint : ICheckpoint
{
    private const int ElementsAtOnce = 1 << 18;

    // Packed weights by the names of their parts, where no configuration says what they are.
    private static readonly string[] PackedSuffixes = [".qweight", ".qzeros", ".weight_packed", ".absmax", ".SCB", "_blocks"];

    private static readonly string[] ScaleSuffixes = ["_scale", "_scale_inv"];

    private static readonly string[] ActivationSuffixes = ["input_scale", "output_scale", "activation_scale", "input_zero_point", "output_zero_point"];

    private readonly ICheckpoint stored;
    private readonly Dictionary<string, QuantizedMatrix> matrices;
    private readonly Dictionary<string, (float[] Scales, float[] ZeroPoints)> scales = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    private QuantizedCheckpoint(ICheckpoint stored, Dictionary<string, QuantizedMatrix> matrices, TensorDataType dataType)
    {
        (this.stored, this.matrices) = (stored, matrices);
        var hidden = matrices.Values.SelectMany(Companions).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, info) in stored.Tensors.Where(tensor => !hidden.Contains(tensor.Key)))
        {
            tensors.Add(name, matrices.ContainsKey(name) ? info with { DataType = dataType } : info);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorInfo> Tensors => tensors;

    /// <summary>The names of the matrices that are stored with scales.</summary>
    public IReadOnlyCollection<string> Quantized => matrices.Keys;

    /// <summary>
    /// Looks through a checkpoint for quantised matrices. Without any it is returned as it is; otherwise it is disposed of with the result.
    /// </summary>
    /// <param name="stored">The checkpoint.</param>
    /// <param name="config">The model's configuration.</param>
    /// <param name="configFile">Its file, for messages.</param>
    /// <exception cref="CheckpointException">Weights are quantised in a way that is not read, or scales are missing or do not fit.</exception>
    public static ICheckpoint Wrap(ICheckpoint stored, JsonElement config, string configFile)
    {
        var quantization = QuantizationConfig.Read(config, configFile);
        var matrices = new Dictionary<string, QuantizedMatrix>(StringComparer.Ordinal);
        foreach (var (name, info) in stored.Tensors)
        {
            if (PackedSuffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) is { } packed)
            {
                throw QuantizationConfig.Refused(stored.FileOf(name), $"packed weights ('{packed}') such as '{name}'");
            }

            if (!IsEightBits(info))
            {
                continue;
            }

            if (ScaleSuffixes.Select(suffix => name + suffix).FirstOrDefault(stored.Tensors.ContainsKey) is { } scale)
            {
                var zeroPoint = stored.Tensors.GetValueOrDefault($"{name}_zero_point");
                matrices.Add(name, QuantizedMatrix.Create(info, stored.Tensors[scale], zeroPoint, quantization, stored.FileOf(name)));
            }
            else if (quantization is not null || info.DataType is TensorDataType.I8 or TensorDataType.U8)
            {
                throw MissingScale(info, stored.FileOf(name));
            }
        }

        return matrices.Count == 0 ? stored : new QuantizedCheckpoint(stored, matrices, DeclaredType(config));
    }

    /// <inheritdoc/>
    public string FileOf(string name) => stored.FileOf(name);

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        stored.Read(name, destination);
        Scale(name, 0, destination);
    }

    /// <inheritdoc/>
    public void ReadRows(string name, int start, int count, Span<float> destination)
    {
        stored.ReadRows(name, start, count, destination);
        Scale(name, start, destination);
    }

    /// <inheritdoc/>
    public long[] ReadIntegers(string name) => matrices.ContainsKey(name)
        ? throw new CheckpointException("not-integers", $"Tensor '{name}' has scales and does not hold integers.") { File = FileOf(name) }
        : stored.ReadIntegers(name);

    /// <inheritdoc/>
    public void CopyBytes(string name, Stream destination)
    {
        if (!matrices.TryGetValue(name, out var matrix))
        {
            stored.CopyBytes(name, destination);
            return;
        }

        var type = tensors[name].DataType;
        int rowsAtOnce = Math.Clamp(ElementsAtOnce / Math.Max(1, matrix.Columns), 1, Math.Max(1, matrix.Rows));
        float[] values = new float[rowsAtOnce * matrix.Columns];
        byte[] bytes = new byte[values.Length * (type.BitCount() / 8)];
        for (int row = 0; row < matrix.Rows; row += rowsAtOnce)
        {
            int count = Math.Min(rowsAtOnce, matrix.Rows - row);
            var part = values.AsSpan(0, count * matrix.Columns);
            ReadRows(name, row, count, part);
            var written = bytes.AsSpan(0, part.Length * (type.BitCount() / 8));
            if (ElementWriter.FromFloats(type, part, written) is >= 0 and int overflow)
            {
                throw new CheckpointException("overflow", $"A weight of '{name}' is too large for the type of the model.")
                {
                    File = FileOf(name),
                    Found = FormattableString.Invariant($"{part[overflow]}"),
                    Expected = $"what fits {type.SafetensorsName()}",
                };
            }

            destination.Write(written);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stored.Dispose();

    private static bool IsEightBits(TensorInfo info) => info.DataType switch
    {
        TensorDataType.F8E4M3 or TensorDataType.F8E5M2 => true,
        TensorDataType.I8 or TensorDataType.U8 => info.Name.EndsWith(".weight", StringComparison.Ordinal),
        _ => false,
    };

    private static IEnumerable<string> Companions(QuantizedMatrix matrix)
    {
        string layer = matrix.Info.Name[..(matrix.Info.Name.LastIndexOf('.') + 1)];
        return ActivationSuffixes.Select(suffix => layer + suffix).Append(matrix.ScaleName).Append(matrix.ZeroPointName ?? matrix.ScaleName);
    }

    private static TensorDataType DeclaredType(JsonElement config)
    {
        foreach (string key in new[] { "torch_dtype", "dtype" })
        {
            if (config.TryGetProperty(key, out var type) && type.ValueKind == JsonValueKind.String)
            {
                return type.GetString() switch
                {
                    "bfloat16" => TensorDataType.BF16,
                    "float16" => TensorDataType.F16,
                    _ => TensorDataType.F32,
                };
            }
        }

        return TensorDataType.F32;
    }

    private static CheckpointException MissingScale(TensorInfo info, string file) =>
        new("scale-missing", $"'{info.Name}' is stored in 8 bits, but there is no scale for it.")
        {
            File = file,
            Found = info.DataType.SafetensorsName(),
            Expected = string.Join(" or ", ScaleSuffixes.Select(suffix => info.Name + suffix)),
            Hint = "Fetch all files of the model again, or take it in bfloat16 or float16.",
        };

    private void Scale(string name, int firstRow, Span<float> values)
    {
        if (!matrices.TryGetValue(name, out var matrix))
        {
            return;
        }

        if (!scales.TryGetValue(name, out var known))
        {
            known = (ReadAll(matrix.ScaleName), matrix.ZeroPointName is { } zeroPoint ? ReadAll(zeroPoint) : []);
            scales.Add(name, known);
        }

        matrix.Apply(values, firstRow, known.Scales, known.ZeroPoints);
    }

    private float[] ReadAll(string name)
    {
        float[] values = new float[stored.Tensors[name].ElementCount];
        stored.Read(name, values);
        return values;
    }
}
