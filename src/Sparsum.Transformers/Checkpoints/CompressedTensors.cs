using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// Quantised matrices as the compressed-tensors library stores them, which Hugging Face's and other loaders open: 8 bits as
/// <c>int-quantized</c> (<c>weight</c> in int8 and <c>weight_scale</c>), 4 bits as <c>pack-quantized</c> (<c>weight_packed</c>, eight to an
/// int32 from the lowest bits on, each larger by 8; <c>weight_scale</c>; <c>weight_shape</c>).
/// </summary>
public static partial class CompressedTensors
{
    /// <summary>The <c>quant_method</c>.</summary>
    public const string Method = "compressed-tensors";

    /// <summary>The format of matrices in 8 bits.</summary>
    public const string IntQuantized = "int-quantized";

    /// <summary>The format of matrices in fewer.</summary>
    public const string PackQuantized = "pack-quantized";

    /// <summary>Added to the name of a weight for its scales.</summary>
    public const string ScaleSuffix = "_scale";

    /// <summary>Added to the name of a weight for its packed steps.</summary>
    public const string PackedSuffix = "_packed";

    /// <summary>Added to the name of a packed weight for its shape.</summary>
    public const string ShapeSuffix = "_shape";

    /// <summary>Steps of 4 bits in one int32.</summary>
    private const int StepsPerInteger = 8;

    private const int Offset = 8;

    /// <summary>The tensors that hold a quantised matrix, in order.</summary>
    /// <param name="weight">The matrix <c>[rows, columns]</c> in the type that the model has otherwise, which its scales take.</param>
    /// <param name="quantization">How it is rounded.</param>
    public static IReadOnlyList<TensorInfo> Tensors(TensorInfo weight, WeightQuantization quantization)
    {
        int rows = weight.Shape[0];
        int columns = weight.Shape[1];
        var scales = weight with { Name = weight.Name + ScaleSuffix, Shape = [rows, quantization.GroupsOf(columns)] };
        return quantization.Bits == 8
            ? [weight with { DataType = TensorDataType.I8 }, scales]
            :
            [
                new TensorInfo(weight.Name + PackedSuffix, TensorDataType.I32, [rows, PackedColumns(columns)]),
                scales,
                new TensorInfo(weight.Name + ShapeSuffix, TensorDataType.I64, [2]),
            ];
    }

    /// <summary>Writes one of the tensors of a quantised matrix.</summary>
    /// <param name="writer">Where it goes; it is due.</param>
    /// <param name="part">The name of the tensor, one of <see cref="Tensors"/>.</param>
    /// <param name="name">The name of the weight.</param>
    /// <param name="values">Its values <c>[rows, columns]</c>, which lie on the grid.</param>
    /// <param name="grid">Its scales.</param>
    public static void Write(SafetensorsWriter writer, string part, string name, Tensor values, QuantizedGrid grid)
    {
        if (part == name + ScaleSuffix)
        {
            writer.Write(part, grid.Scales);
            return;
        }

        if (part == name + ShapeSuffix)
        {
            writer.WriteIntegers(part, [values.RowCount, values.Columns]);
            return;
        }

        var steps = new sbyte[values.Columns];
        var packed = new byte[PackedColumns(values.Columns) * sizeof(int)];
        for (int row = 0; row < values.RowCount; row++)
        {
            grid.ToSteps(row, values.Row(row), steps);
            if (part == name)
            {
                writer.WriteBytes(part, MemoryMarshal.AsBytes(steps.AsSpan()));
            }
            else
            {
                Pack(steps, packed);
                writer.WriteBytes(part, packed);
            }
        }
    }

    /// <summary>Widens packed steps of a row.</summary>
    /// <param name="packed">Its int32s, little endian.</param>
    /// <param name="bits">Bits of a step: 4, or 8.</param>
    /// <param name="steps">Receives as many as the row has.</param>
    public static void Unpack(ReadOnlySpan<byte> packed, int bits, Span<float> steps)
    {
        // Bytes of a little-endian integer are its bits from the lowest on.
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = bits == 8 ? packed[i] - 128 : ((packed[i / 2] >> (i % 2 * 4)) & 0xF) - Offset;
        }
    }

    /// <summary>The <c>quantization_config</c> of a model whose layers are quantised alike.</summary>
    /// <param name="quantization">How they are rounded.</param>
    /// <param name="weights">The names of the quantised weights.</param>
    public static JsonObject Describe(WeightQuantization quantization, IEnumerable<string> weights)
    {
        // Loaders match modules by name; those of all blocks are told as one expression.
        var targets = weights.Select(name => $"re:{Number().Replace(Escape(name[..name.LastIndexOf('.')]), ".\\d+$1")}$").Distinct().Order(StringComparer.Ordinal);
        return new JsonObject
        {
            ["quant_method"] = Method,
            ["format"] = quantization.Bits == 8 ? IntQuantized : PackQuantized,
            ["quantization_status"] = "compressed",
            ["ignore"] = new JsonArray(),
            ["kv_cache_scheme"] = null,
            ["config_groups"] = new JsonObject
            {
                ["group_0"] = new JsonObject
                {
                    ["targets"] = new JsonArray([.. targets.Select(target => (JsonNode)target)]),
                    ["input_activations"] = null,
                    ["output_activations"] = null,
                    ["weights"] = new JsonObject
                    {
                        ["num_bits"] = quantization.Bits,
                        ["type"] = "int",
                        ["symmetric"] = true,
                        ["strategy"] = quantization.GroupSize is null ? "channel" : "group",
                        ["group_size"] = quantization.GroupSize,
                        ["dynamic"] = false,
                        ["observer"] = "minmax",
                        ["actorder"] = null,
                        ["block_structure"] = null,
                    },
                },
            },
        };
    }

    /// <summary>A configuration with a <c>quantization_config</c> added.</summary>
    /// <param name="config">The file's bytes.</param>
    /// <param name="quantization">How layers are rounded.</param>
    /// <param name="weights">The names of the quantised weights.</param>
    public static byte[] AddTo(ReadOnlySpan<byte> config, WeightQuantization quantization, IEnumerable<string> weights)
    {
        var root = (JsonObject)JsonNode.Parse(config)!;
        root["quantization_config"] = Describe(quantization, weights);
        return ModelWriter.Format(root);
    }

    private static int PackedColumns(int columns) => (columns + StepsPerInteger - 1) / StepsPerInteger;

    private static void Pack(ReadOnlySpan<sbyte> steps, Span<byte> packed)
    {
        packed.Clear();
        for (int i = 0; i < steps.Length; i++)
        {
            packed[i / 2] |= (byte)((steps[i] + Offset) << (i % 2 * 4));
        }
    }

    private static string Escape(string name) => name.Replace(".", "\\.", StringComparison.Ordinal);

    [GeneratedRegex(@"\.\d+(\\|$)")]
    private static partial Regex Number();
}
