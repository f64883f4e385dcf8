using System.Text.Json;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>What a configuration says of quantised weights (<c>quantization_config</c>), as far as scales can be applied.</summary>
/// <param name="Method">The <c>quant_method</c>.</param>
/// <param name="BlockRows">Rows that share a scale, in formats with blocks; null otherwise.</param>
/// <param name="BlockColumns">Columns that share a scale, in formats with blocks or groups; null otherwise.</param>
/// <param name="PackedBits">Bits of a step where several share an integer; null where each has its own bytes.</param>
internal sealed record QuantizationConfig(string Method, int? BlockRows, int? BlockColumns, int? PackedBits = null)
{
    private const string Readable =
        "fp8, fbgemm_fp8, modelopt (FP8), or compressed-tensors with formats float-quantized, int-quantized or naive-quantized of 8 bits, or pack-quantized of 4 or 8 bits without zero points";

    private static readonly string[] Keys = ["quantization_config", "compression_config"];

    private static readonly string[] Formats = ["float-quantized", CompressedTensors.IntQuantized, "naive-quantized", CompressedTensors.PackQuantized, "dense"];

    /// <summary>The keys of a configuration that speak of quantisation: stale once the weights are written anew.</summary>
    public static IEnumerable<string> KeysIn(JsonElement config) => Keys.Where(key => config.TryGetProperty(key, out _));

    /// <summary>Reads the object; null where the configuration has none.</summary>
    /// <exception cref="CheckpointException">The weights are packed or scaled in a way that is not read.</exception>
    public static QuantizationConfig? Read(JsonElement config, string file)
    {
        string? key = KeysIn(config).FirstOrDefault();
        if (key is null || config.GetProperty(key) is not { ValueKind: JsonValueKind.Object } quantization)
        {
            return null;
        }

        string method = Text(quantization, "quant_method") ?? (key == "compression_config" ? "compressed-tensors" : "none named");
        switch (method)
        {
            case "fp8":
                var (rows, columns) = Block(quantization, "weight_block_size");
                return new QuantizationConfig(method, rows, columns);
            case "fbgemm_fp8":
                return new QuantizationConfig(method, null, null);
            case "modelopt":
                string algorithm = Text(quantization, "quant_algo") ?? "none named";
                return algorithm == "FP8" ? new QuantizationConfig(method, null, null) : throw Refused(file, $"{method} {algorithm}");
            case "compressed-tensors":
                return ReadCompressed(quantization, method, file);
            default:
                throw Refused(file, method);
        }
    }

    /// <summary>The error for weights that cannot be read.</summary>
    public static CheckpointException Refused(string file, string found) => new(
        "quantized-weights", $"The weights are quantised in a way that is not read here: {found}.")
    {
        File = file,
        Found = found,
        Expected = Readable,
        Hint = "Take the model in bfloat16 or float16, or have the library that quantised it write it dequantised.",
    };

    private static QuantizationConfig ReadCompressed(JsonElement quantization, string method, string file)
    {
        string format = Text(quantization, "format") ?? "none named";
        if (!Formats.Contains(format))
        {
            throw Refused(file, $"{method} {format}");
        }

        if (Member(quantization, "sparsity_config") is { ValueKind: JsonValueKind.Object } sparsity && Text(sparsity, "format") is { } sparse and not "dense")
        {
            throw Refused(file, $"{method} {sparse}");
        }

        (int?, int?) block = (null, null);
        bool isPacked = format == CompressedTensors.PackQuantized;
        int? packedBits = null;
        foreach (var group in Member(quantization, "config_groups") is { ValueKind: JsonValueKind.Object } groups ? groups.EnumerateObject() : default)
        {
            if (Member(group.Value, "weights") is not { ValueKind: JsonValueKind.Object } weights)
            {
                continue;
            }

            if (Number(weights, "num_bits") is { } bits)
            {
                if (bits != 8 && !(isPacked && bits == 4))
                {
                    throw Refused(file, $"{method} {format} of {bits} bits");
                }

                if (isPacked && packedBits is { } other && other != bits)
                {
                    throw Refused(file, $"{method} {format} of {other} and {bits} bits");
                }

                packedBits = isPacked ? bits : null;
            }

            if (isPacked && Member(weights, "symmetric").ValueKind == JsonValueKind.False)
            {
                throw Refused(file, $"{method} {format} with zero points");
            }

            if (isPacked && Text(weights, "type") is { } type and not "int")
            {
                throw Refused(file, $"{method} {format} of type {type}");
            }

            block = Text(weights, "strategy") switch
            {
                "block" => Block(weights, "block_structure"),
                "group" => (1, Number(weights, "group_size")),
                _ => block,
            };
        }

        return new QuantizationConfig(method, block.Item1, block.Item2, packedBits);
    }

    private static (int? Rows, int? Columns) Block(JsonElement element, string name)
    {
        var list = Member(element, name);
        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 2
            && list[0].ValueKind == JsonValueKind.Number && list[0].TryGetInt32(out int rows) && rows > 0
            && list[1].ValueKind == JsonValueKind.Number && list[1].TryGetInt32(out int columns) && columns > 0
            ? (rows, columns)
            : (null, null);
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static int? Number(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out int value) ? value : null;
}
