using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Quantised matrices as compressed-tensors stores them: bytes worked out by hand, and what is refused.</summary>
public sealed class CompressedTensorsTests : IDisposable
{
    private const string FourBits =
        """
        {"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups":
          {"group_0": {"weights": {"num_bits": 4, "type": "int", "symmetric": true, "strategy": "group", "group_size": 5}}}}}
        """;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Four_bits_are_packed_from_the_lowest_on_each_larger_by_eight()
    {
        // 10 columns in groups of 5, scales 2 and -0.5: steps 1 2 -8 7 0 | 0 -1 3 4 5, in hexadecimal 9 A 0 F 8 8 7 B | C D and six of padding.
        var weight = new TensorInfo("w.weight", TensorDataType.F32, [1, 10]);
        var quantization = new WeightQuantization(4, 5);
        var grid = new QuantizedGrid(quantization, 1, 10);
        grid.Row(0)[0] = 2;
        grid.Row(0)[1] = -0.5f;
        float[] expected = [2, 4, -16, 14, 0, 0, 0.5f, -1.5f, -2, -2.5f];
        using var values = Tensor.From(expected, 1, 10);
        Write(weight, values, grid);

        using (var stored = Checkpoint.Open(folder["model.safetensors"]))
        {
            Assert.Equal(["w.weight_packed", "w.weight_scale", "w.weight_shape"], stored.Tensors.Keys);
            Assert.Equal([1, 10], stored.ReadIntegers("w.weight_shape"));
            Assert.Equal([unchecked((int)0xB788F0A9), 0xDC], stored.ReadIntegers("w.weight_packed"));
        }

        using var checkpoint = Open(FourBits);
        Assert.Equal(["w.weight"], checkpoint.Tensors.Keys);
        Assert.Equal([1, 10], checkpoint.Tensors["w.weight"].Shape);
        float[] read = new float[10];
        checkpoint.Read("w.weight", read);
        Assert.Equal(expected, read);
        Assert.Equal(4, ((QuantizedCheckpoint)checkpoint).StepBits("w.weight"));
        float[] scales = new float[2];
        ((QuantizedCheckpoint)checkpoint).ReadScales("w.weight", 0, 5, scales);
        Assert.Equal([2, -0.5f], scales);
        ((QuantizedCheckpoint)checkpoint).ReadScales("w.weight", 0, 7, scales);
        Assert.Equal([float.NaN, -0.5f], scales);
    }

    [Theory]
    [InlineData("\"num_bits\": 4", "\"num_bits\": 3", "quantized-weights")]
    [InlineData("\"symmetric\": true", "\"symmetric\": false", "quantized-weights")]
    [InlineData("\"type\": \"int\"", "\"type\": \"float\"", "quantized-weights")]
    [InlineData("\"num_bits\": 4", "\"num_bits\": 8", "shape-mismatch")]
    [InlineData("\"group_size\": 5", "\"group_size\": 4", "scale-mismatch")]
    [InlineData("pack-quantized", "marlin-24", "quantized-weights")]
    public void What_the_configuration_says_otherwise_is_refused(string from, string to, string code)
    {
        var grid = new QuantizedGrid(new WeightQuantization(4, 5), 1, 10);
        using var values = Tensor.Zeros(1, 10);
        Write(new TensorInfo("w.weight", TensorDataType.F32, [1, 10]), values, grid);
        Assert.Contains(from, FourBits, StringComparison.Ordinal);
        Assert.Equal(code, Assert.Throws<CheckpointException>(() => Open(FourBits.Replace(from, to, StringComparison.Ordinal))).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(17)]
    public void A_shape_that_the_packed_weights_cannot_have_is_refused(int columns)
    {
        var weight = new TensorInfo("w.weight", TensorDataType.F32, [1, 10]);
        var parts = CompressedTensors.Tensors(weight, new WeightQuantization(4, 5));
        using (var writer = SafetensorsWriter.Create(folder["model.safetensors"], new SafetensorsLayout(parts)))
        {
            writer.WriteIntegers(parts[0].Name, [0, 0]);
            writer.Write(parts[1].Name, [1, 1]);
            writer.WriteIntegers(parts[2].Name, [1, columns]);
            writer.Complete();
        }

        Assert.Equal("shape-mismatch", Assert.Throws<CheckpointException>(() => Open(FourBits)).Code);
    }

    [Theory]
    [InlineData(8, 1f)]
    [InlineData(8, 127f)]
    [InlineData(8, -0.001f)]
    [InlineData(8, 1e-9f)]
    [InlineData(4, 8f)]
    [InlineData(4, -1f)]
    public void A_scale_is_the_next_value_that_bfloat16_and_binary16_hold(int bits, float extreme)
    {
        var quantization = new WeightQuantization(bits);
        float scale = quantization.Scale(extreme);
        Assert.Equal(0u, BitConverter.SingleToUInt32Bits(scale) & 0xFFFF);
        Assert.Equal(scale, (float)(Half)scale);
        double exact = bits == 8 ? Math.Abs(extreme) / 127 : extreme / -8.0;
        Assert.True(Math.Abs(scale) >= Math.Abs((float)exact));
        Assert.Equal(Math.Sign(exact), Math.Sign(scale));

        // Nothing smaller of the kind would do: one step down is below.
        float below = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(scale) - 0x10000);
        Assert.True(Math.Abs(below) < Math.Abs(exact) || Math.Abs(scale) < 1f / (1 << 14));
    }

    [Fact]
    public void Layers_of_all_blocks_are_told_as_one_expression()
    {
        var config = CompressedTensors.Describe(
            new WeightQuantization(8),
            ["model.layers.0.self_attn.q_proj.weight", "model.layers.11.self_attn.q_proj.weight", "model.layers.0.mlp.experts.3.up_proj.weight"]);
        Assert.Equal(
            ["re:model\\.layers\\.\\d+\\.mlp\\.experts\\.\\d+\\.up_proj$", "re:model\\.layers\\.\\d+\\.self_attn\\.q_proj$"],
            config["config_groups"]!["group_0"]!["targets"]!.AsArray().Select(target => (string)target!));
        Assert.Equal("int-quantized", (string)config["format"]!);
        Assert.Equal("channel", (string)config["config_groups"]!["group_0"]!["weights"]!["strategy"]!);
        var again = (JsonObject)JsonNode.Parse(CompressedTensors.AddTo("""{"model_type": "llama"}"""u8, new WeightQuantization(4, 32), ["a.weight"]))!;
        Assert.Equal("llama", (string)again["model_type"]!);
        Assert.Equal("pack-quantized", (string)again["quantization_config"]!["format"]!);
    }

    public void Dispose() => folder.Dispose();

    private void Write(TensorInfo weight, Tensor values, QuantizedGrid grid)
    {
        var parts = CompressedTensors.Tensors(weight, grid.Quantization);
        using var writer = SafetensorsWriter.Create(folder["model.safetensors"], new SafetensorsLayout(parts));
        foreach (var part in parts)
        {
            CompressedTensors.Write(writer, part.Name, weight.Name, values, grid);
        }

        writer.Complete();
    }

    private ICheckpoint Open(string config)
    {
        using var document = JsonDocument.Parse(config);
        var stored = Checkpoint.Open(folder["model.safetensors"]);
        try
        {
            return QuantizedCheckpoint.Wrap(stored, document.RootElement, "config.json");
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }
}
