using System.Text.Json;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// A checkpoint some of whose matrices are stored as numbers of 8 or 4 bits with scales, seen as if all were plain: what is read has its scales
/// applied, and neither scales nor zero points are among <see cref="Tensors"/>. Values are computed in float32; copied, they have the type
/// that the model's configuration names for its weights.
/// </summary>
public sealed class QuantizedCheckpoint : ICheckpoint
{
    private const int ElementsAtOnce = 1 << 18;
    private const string PackedWeight = ".weight" + CompressedTensors.PackedSuffix;

    // Packed weights by the names of their parts, where no configuration says what they are.
    private static readonly string[] PackedSuffixes = [".qweight", ".qzeros", PackedWeight, ".weight_g_idx", ".absmax", ".SCB", "_blocks"];

    private static readonly string[] ScaleSuffixes = ["_scale", "_scale_inv"];

    private static readonly string[] ActivationSuffixes = ["input_scale", "output_scale", "activation_scale", "input_zero_point", "output_zero_point"];

    private readonly ICheckpoint stored;
    private readonly Dictionary<string, QuantizedMatrix> matrices;
    private readonly Dictionary<string, (float[] Scales, float[] ZeroPoints)> scales = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);

    // The packed matrix that was read last: others read row after row.
    private (string Name, byte[] Bytes)? packed;

    private QuantizedCheckpoint(ICheckpoint stored, Dictionary<string, QuantizedMatrix> matrices, TensorDataType dataType)
    {
        (this.stored, this.matrices) = (stored, matrices);
        var hidden = matrices.Values.SelectMany(Companions).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, info) in stored.Tensors.Where(tensor => !hidden.Contains(tensor.Key)))
        {
            string seen = name.EndsWith(PackedWeight, StringComparison.Ordinal) ? name[..^CompressedTensors.PackedSuffix.Length] : name;
            tensors.Add(seen, matrices.TryGetValue(seen, out var matrix) ? matrix.Info with { DataType = dataType } : info);
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
            if (quantization?.PackedBits is { } bits && name.EndsWith(PackedWeight, StringComparison.Ordinal))
            {
                string weight = name[..^CompressedTensors.PackedSuffix.Length];
                matrices.Add(weight, Packed(stored, info, weight, bits, quantization));
                continue;
            }

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
    public string FileOf(string name) => stored.FileOf(StoredName(name));

    /// <inheritdoc/>
    public void Read(string name, Span<float> destination)
    {
        if (matrices.GetValueOrDefault(name) is { PackedBits: not null } matrix)
        {
            Unpack(matrix, 0, destination);
        }
        else
        {
            stored.Read(name, destination);
        }

        Scale(name, 0, destination);
    }

    /// <inheritdoc/>
    public void ReadRows(string name, int start, int count, Span<float> destination)
    {
        if (matrices.GetValueOrDefault(name) is { PackedBits: not null } matrix)
        {
            Unpack(matrix, start, destination[..(count * matrix.Columns)]);
        }
        else
        {
            stored.ReadRows(name, start, count, destination);
        }

        Scale(name, start, destination);
    }

    /// <summary>Bits of the integers that a matrix is stored as, where scales alone make weights of them; null otherwise.</summary>
    public int? StepBits(string name) => matrices.GetValueOrDefault(name) is { IsSymmetric: true } matrix ? matrix.PackedBits ?? 8 : null;

    /// <summary>Reads the scales of rows of a matrix that has <see cref="StepBits"/>, one for each piece of a row.</summary>
    /// <param name="name">The matrix.</param>
    /// <param name="start">The first row.</param>
    /// <param name="width">Columns of a piece.</param>
    /// <param name="destination">Receives them row by row; a piece that has several is given NaN.</param>
    public void ReadScales(string name, int start, int width, Span<float> destination)
    {
        var matrix = matrices[name];
        var known = ScalesOf(matrix).Scales;
        int pieces = (matrix.Columns + width - 1) / width;
        for (int i = 0; i < destination.Length; i++)
        {
            int first = i % pieces * width;
            int group = first / matrix.BlockColumns;
            bool isShared = (Math.Min(first + width, matrix.Columns) - 1) / matrix.BlockColumns == group;
            destination[i] = isShared ? known[((start + (i / pieces)) / matrix.BlockRows * matrix.ScaleColumns) + group] : float.NaN;
        }
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

    private static QuantizedMatrix Packed(ICheckpoint stored, TensorInfo info, string weight, int bits, QuantizationConfig quantization)
    {
        string file = stored.FileOf(info.Name);
        string shapeName = weight + CompressedTensors.ShapeSuffix;
        if (!stored.Tensors.TryGetValue(weight + CompressedTensors.ScaleSuffix, out var scale))
        {
            throw MissingScale(info with { Name = weight }, file);
        }

        if (info.Shape.Count != 2 || info.DataType != TensorDataType.I32 || !stored.Tensors.TryGetValue(shapeName, out var declared) || declared.ElementCount != 2)
        {
            throw QuantizationConfig.Refused(file, $"'{info.Name}' without a matrix of int32 and its shape");
        }

        long[] shape = stored.ReadIntegers(shapeName);
        long integers = (shape[1] + (32 / bits) - 1) / (32 / bits);
        if (shape[0] != info.Shape[0] || integers != info.Shape[1] || shape[1] < 1)
        {
            throw new CheckpointException("shape-mismatch", $"The shape of '{weight}' is not that of its packed weights.")
            {
                File = file,
                Found = FormattableString.Invariant($"[{info.Shape[0]}, {info.Shape[1]}] int32 for [{shape[0]}, {shape[1]}] of {bits} bits"),
                Expected = FormattableString.Invariant($"[{shape[0]}, {integers}]"),
                Hint = "Fetch all files of the model again.",
            };
        }

        return QuantizedMatrix.Create(new TensorInfo(weight, TensorDataType.I32, [(int)shape[0], (int)shape[1]]), scale, null, quantization, file);
    }

    private static bool IsEightBits(TensorInfo info) => info.DataType switch
    {
        TensorDataType.F8E4M3 or TensorDataType.F8E5M2 => true,
        TensorDataType.I8 or TensorDataType.U8 => info.Name.EndsWith(".weight", StringComparison.Ordinal),
        _ => false,
    };

    private static IEnumerable<string> Companions(QuantizedMatrix matrix)
    {
        string layer = matrix.Info.Name[..(matrix.Info.Name.LastIndexOf('.') + 1)];
        return
        [
            .. ActivationSuffixes.Select(suffix => layer + suffix),
            matrix.ScaleName,
            matrix.ZeroPointName ?? matrix.ScaleName,
            matrix.Info.Name + CompressedTensors.ShapeSuffix,
        ];
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
        if (matrices.TryGetValue(name, out var matrix))
        {
            var known = ScalesOf(matrix);
            matrix.Apply(values, firstRow, known.Scales, known.ZeroPoints);
        }
    }

    private (float[] Scales, float[] ZeroPoints) ScalesOf(QuantizedMatrix matrix)
    {
        if (!scales.TryGetValue(matrix.Info.Name, out var known))
        {
            known = (ReadAll(matrix.ScaleName), matrix.ZeroPointName is { } zeroPoint ? ReadAll(zeroPoint) : []);
            scales.Add(matrix.Info.Name, known);
        }

        return known;
    }

    private string StoredName(string name) =>
        matrices.GetValueOrDefault(name) is { PackedBits: not null } ? name + CompressedTensors.PackedSuffix : name;

    private void Unpack(QuantizedMatrix matrix, int firstRow, Span<float> values)
    {
        string name = StoredName(matrix.Info.Name);
        if (packed is not { } known || known.Name != name)
        {
            using var bytes = new MemoryStream();
            stored.CopyBytes(name, bytes);
            packed = known = (name, bytes.ToArray());
        }

        int rowBytes = stored.Tensors[name].Shape[1] * sizeof(int);
        for (int row = 0; row < values.Length / matrix.Columns; row++)
        {
            CompressedTensors.Unpack(
                known.Bytes.AsSpan((firstRow + row) * rowBytes, rowBytes), matrix.PackedBits!.Value, values.Slice(row * matrix.Columns, matrix.Columns));
        }
    }

    private float[] ReadAll(string name)
    {
        float[] values = new float[stored.Tensors[name].ElementCount];
        stored.Read(name, values);
        return values;
    }
}
