using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Weights of 8 bits with scales: per tensor, per row, per block with smaller blocks at the edge.</summary>
public sealed class QuantizedCheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [SharedTheory("oracle/quantized")]
    [InlineData("llama_gqa_fp8_block")]
    [InlineData("llama_gqa_fp8_channel")]
    [InlineData("llama_gqa_int8_channel")]
    public void Logits_are_those_of_the_widened_weights(string name)
    {
        string path = SharedFiles.Path("oracle", "quantized", name);
        using var reference = SafetensorsFile.Open(Path.Combine(path, "reference.safetensors"));
        using var pretrained = PretrainedModel.Open(path);
        pretrained.LoadAll();
        using var computation = new Computation(new ReferenceBackend());
        int[] shape = [.. reference.Tensors["input_ids"].Shape];
        var batch = new TokenBatch(
            [.. reference.ReadIntegers("input_ids").Select(id => (int)id)],
            shape[0],
            [.. reference.ReadIntegers("attention_mask").Select(bit => (byte)bit)]);
        using var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
        float[] expected = new float[logits.Length];
        reference.Read("logits", expected);
        for (int i = 0; i < expected.Length; i++)
        {
            if (batch.AttentionMask![i / logits.Columns] != 0)
            {
                Assert.Equal(expected[i], logits.Span[i], 2e-5f);
            }
        }

        Assert.Contains(pretrained.Warnings, warning => warning.Contains("quantised", StringComparison.Ordinal));
        Assert.Empty(pretrained.UnusedTensors);
        Assert.False(pretrained.Config.TryGetProperty("quantization_config", out _));
        Assert.NotNull(pretrained.RewrittenConfig);
    }

    [Fact]
    public void Blocks_at_the_edge_are_smaller()
    {
        // 3 x 5 in blocks of 2 x 3: the scale of row r and column c is scales[r / 2, c / 3]. 0x38 is 1 in e4m3.
        byte[] ones = [.. Enumerable.Repeat((byte)0x38, 15)];
        using var checkpoint = Open(
            """{ "quant_method": "fp8", "weight_block_size": [2, 3] }""",
            ("w.weight", TensorDataType.F8E4M3, [3, 5], ones),
            ("w.weight_scale_inv", TensorDataType.F32, [2, 2], Floats(1, 10, 100, 1000)));
        float[] values = new float[15];
        checkpoint.Read("w.weight", values);
        Assert.Equal([1, 1, 1, 10, 10, 1, 1, 1, 10, 10, 100, 100, 100, 1000, 1000], values);
        checkpoint.ReadRows("w.weight", 2, 1, values.AsSpan(0, 5));
        Assert.Equal([100, 100, 100, 1000, 1000], values[..5]);
        Assert.Equal(["w.weight"], checkpoint.Tensors.Keys);
        using var stream = new MemoryStream();
        checkpoint.CopyBytes("w.weight", stream);
        Assert.Equal(Floats(1, 1, 1, 10, 10, 1, 1, 1, 10, 10, 100, 100, 100, 1000, 1000), stream.ToArray());
    }

    [Theory]
    [InlineData(new int[0], new float[] { 2 }, new float[] { 2, 4, -6, 8 })]
    [InlineData(new[] { 1 }, new float[] { 2 }, new float[] { 2, 4, -6, 8 })]
    [InlineData(new[] { 2 }, new float[] { 2, 3 }, new float[] { 2, 4, -9, 12 })]
    [InlineData(new[] { 2, 1 }, new float[] { 2, 3 }, new float[] { 2, 4, -9, 12 })]
    public void A_scale_serves_a_tensor_or_a_row(int[] shape, float[] scales, float[] expected)
    {
        using var checkpoint = Open(
            """{ "quant_method": "compressed-tensors", "format": "int-quantized" }""",
            ("w.weight", TensorDataType.I8, [2, 2], [1, 2, 0xFD, 4]),
            ("w.weight_scale", TensorDataType.F32, shape, Floats(scales)),
            ("w.input_scale", TensorDataType.F32, [1], Floats(7)));
        float[] values = new float[4];
        checkpoint.Read("w.weight", values);
        Assert.Equal(expected, values);
        Assert.Equal(["w.weight"], checkpoint.Tensors.Keys);
    }

    [Fact]
    public void Zero_points_are_taken_off_before_scaling()
    {
        using var checkpoint = Open(
            """{ "quant_method": "compressed-tensors", "format": "int-quantized" }""",
            ("w.weight", TensorDataType.I8, [1, 2], [5, 0xFF]),
            ("w.weight_scale", TensorDataType.F32, [1, 1], Floats(0.5f)),
            ("w.weight_zero_point", TensorDataType.I8, [1, 1], [3]));
        float[] values = new float[2];
        checkpoint.Read("w.weight", values);
        Assert.Equal([1, -2], values);
    }

    [Theory]
    [InlineData("""{ "quant_method": "gptq", "bits": 4 }""", "gptq")]
    [InlineData("""{ "quant_method": "awq" }""", "awq")]
    [InlineData("""{ "quant_method": "bitsandbytes", "load_in_4bit": true }""", "bitsandbytes")]
    [InlineData("""{ "quant_method": "compressed-tensors", "format": "marlin-24" }""", "marlin-24")]
    [InlineData("""{ "quant_method": "modelopt", "quant_algo": "NVFP4" }""", "NVFP4")]
    [InlineData("""{ "quant_method": "compressed-tensors", "format": "int-quantized", "config_groups": { "g": { "weights": { "num_bits": 4 } } } }""", "4 bits")]
    public void Other_kinds_are_refused_by_name(string quantization, string named)
    {
        var error = Assert.Throws<CheckpointException>(() => Open(quantization, ("w.weight", TensorDataType.F32, [1, 1], Floats(1))));
        Assert.Equal("quantized-weights", error.Code);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("config.json", error.File, StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }

    [Fact]
    public void Packed_weights_are_refused_without_a_configuration_too() =>
        Assert.Equal("quantized-weights", Assert.Throws<CheckpointException>(() => Open(null, ("w.qweight", TensorDataType.I32, [1, 1], Floats(1)))).Code);

    [Theory]
    [InlineData(TensorDataType.I8, false)]
    [InlineData(TensorDataType.F8E4M3, true)]
    public void A_weight_without_its_scale_is_refused(TensorDataType type, bool isNamed)
    {
        string? quantization = isNamed ? """{ "quant_method": "fp8" }""" : null;
        Assert.Equal("scale-missing", Assert.Throws<CheckpointException>(() => Open(quantization, ("w.weight", type, [1, 1], [1]))).Code);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{ "quant_method": "fp8", "weight_block_size": [2, 2] }""")]
    public void Scales_whose_blocks_nobody_names_are_refused(string? quantization)
    {
        var error = Assert.Throws<CheckpointException>(() => Open(
            quantization,
            ("w.weight", TensorDataType.F8E4M3, [2, 6], new byte[12]),
            ("w.weight_scale_inv", TensorDataType.F32, [1, 2], Floats(1, 2))));
        Assert.Equal("scale-mismatch", error.Code);
    }

    [SharedFact("cases/fp8-scale-ignored")]
    public void A_format_without_details_is_scaled_as_its_tensors_say()
    {
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("cases", "fp8-scale-ignored", "model"));
        var weight = pretrained.Model.Blocks[0].Linears[0].Weight;
        pretrained.Load(weight);
        using var plain = Checkpoint.Open(SharedFiles.Path("cases", "fp8-scale-ignored", "model"));
        string name = pretrained.StoredName(weight);
        float[] stored = new float[weight.Value.Length];
        float[] scales = new float[plain.Tensors[name + "_scale"].ElementCount];
        plain.Read(name, stored);
        plain.Read(name + "_scale", scales);
        for (int i = 0; i < stored.Length; i++)
        {
            float scale = scales[scales.Length == 1 ? 0 : i / weight.Value.Columns];
            Assert.Equal(stored[i] * scale, weight.Value.Span[i]);
        }
    }

    public void Dispose() => folder.Dispose();

    private ICheckpoint Open(string? quantization, params (string Name, TensorDataType Type, int[] Shape, byte[] Bytes)[] tensors)
    {
        string path = folder["model.safetensors"];
        using (var file = File.Create(path))
        {
            var header = new JsonObject();
            int offset = 0;
            foreach (var (name, type, shape, bytes) in tensors)
            {
                header[name] = JsonNode.Parse(string.Create(
                    CultureInfo.InvariantCulture,
                    $$"""{ "dtype": "{{type.SafetensorsName()}}", "shape": [{{string.Join(", ", shape)}}], "data_offsets": [{{offset}}, {{offset + bytes.Length}}] }"""));
                offset += bytes.Length;
            }

            byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
            file.Write(BitConverter.GetBytes((ulong)json.Length));
            file.Write(json);
            foreach (var tensor in tensors)
            {
                file.Write(tensor.Bytes);
            }
        }

        using var config = JsonDocument.Parse(quantization is null ? "{}" : $$"""{ "quantization_config": {{quantization}} }""");
        var stored = Checkpoint.Open(path);
        try
        {
            return QuantizedCheckpoint.Wrap(stored, config.RootElement, folder["config.json"]);
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];
}
