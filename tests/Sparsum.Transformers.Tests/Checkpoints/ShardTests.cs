using System.Text.Json;
using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

public sealed class ShardTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TensorsAreSpreadInOrderAndFoundAgain()
    {
        var plan = Write(maxShardBytes: 16);
        Assert.Equal(
            ["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors"],
            plan.Shards.Select(shard => shard.FileName));
        Assert.Equal(["b", "a"], plan.Shards[0].Layout.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(["large"], plan.Shards[1].Layout.Tensors.Select(tensor => tensor.Name));

        // As the Python library writes it: two spaces, sorted names, a line feed at the end.
        const string Expected = """
            {
              "metadata": {
                "total_size": 52
              },
              "weight_map": {
                "a": "model-00001-of-00003.safetensors",
                "b": "model-00001-of-00003.safetensors",
                "c": "model-00003-of-00003.safetensors",
                "large": "model-00002-of-00003.safetensors"
              }
            }

            """;
        Assert.Equal(Expected.ReplaceLineEndings("\n"), plan.ToIndexJson());

        using var checkpoint = Checkpoint.Open(folder["."]);
        Assert.Equal(["b", "a", "large", "c"], checkpoint.Tensors.Keys);
        Assert.EndsWith("model-00002-of-00003.safetensors", checkpoint.FileOf("large"));
        float[] values = new float[8];
        checkpoint.Read("large", values);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], values);
        Assert.Equal("missing-tensor", Assert.Throws<CheckpointException>(() => checkpoint.Read("d", values)).Code);
    }

    [Fact]
    public void ASingleShardNeedsNoIndex()
    {
        var plan = Write(maxShardBytes: ShardPlan.DefaultShardBytes);
        Assert.Equal("model.safetensors", Assert.Single(plan.Shards).FileName);
        Assert.Null(plan.ToIndexJson());
        using var checkpoint = Checkpoint.Open(folder["."]);
        Assert.IsType<SafetensorsFile>(checkpoint);
        Assert.Equal("model.safetensors", Assert.Single(ShardPlan.Create([]).Shards).FileName);
    }

    [Fact]
    public void AllMissingShardsAreListedAtOnce()
    {
        Write(maxShardBytes: 16);
        File.Delete(folder["model-00001-of-00003.safetensors"]);
        File.Delete(folder["model-00003-of-00003.safetensors"]);
        var error = Refuse();
        Assert.Equal("missing-shard", error.Code);
        Assert.Equal("no model-00001-of-00003.safetensors, model-00003-of-00003.safetensors", error.Found);
    }

    [Theory]
    [InlineData("missing-tensor", """{"weight_map":{"a":"model-00002-of-00003.safetensors"}}""")]
    [InlineData("missing-tensor", """{"weight_map":{"d":"model-00001-of-00003.safetensors"}}""")]
    [InlineData("index-json", """{"weight_map":{"a":"model-00001-of-00003.safetensors","a":"model-00001-of-00003.safetensors"}}""")]
    [InlineData("shard-path", """{"weight_map":{"a":"../model.safetensors"}}""")]
    [InlineData("shard-path", """{"weight_map":{"a":"/etc/passwd"}}""")]
    [InlineData("shard-path", """{"weight_map":{"a":"..\\model.safetensors"}}""")]
    [InlineData("shard-path", """{"weight_map":{"a":"C:model.safetensors"}}""")]
    [InlineData("shard-path", """{"weight_map":{"a":".."}}""")]
    [InlineData("shard-path", """{"weight_map":{"a":""}}""")]
    [InlineData("shard-path", """{"weight_map":{"a":"x\u0000"}}""")]
    [InlineData("index-structure", """{"weight_map":{"a":1}}""")]
    [InlineData("index-structure", """{"weight_map":[]}""")]
    [InlineData("index-json", """{"weight_map":{},"weight_map":{}}""")]
    [InlineData("index-structure", """{"metadata":{"total_size":1}}""")]
    [InlineData("index-structure", "[]")]
    [InlineData("index-json", "")]
    [InlineData("index-json", """{"weight_map":{}""")]
    [InlineData("index-json", """{"weight_map":{"\udc00":"x"}}""")]
    public void ABrokenIndexIsATypedError(string code, string index)
    {
        Write(maxShardBytes: 16);
        File.WriteAllText(folder[ShardPlan.IndexFileName], index);
        Assert.Equal(code, Refuse().Code);
    }

    [Fact]
    public void ATensorInTwoShardsIsATypedError()
    {
        Write(maxShardBytes: 16);
        File.Copy(folder["model-00001-of-00003.safetensors"], folder["model-00003-of-00003.safetensors"], overwrite: true);
        Assert.Equal("duplicate-tensor", Refuse().Code);
    }

    [Fact]
    public void AnEmptyFolderSaysWhatWasLookedFor()
    {
        var error = Refuse();
        Assert.Equal("no-checkpoint", error.Code);
        Assert.Equal(
            "model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json, weights.sparsum, weights.sparsum.index.json", error.Expected);
        Assert.Equal("file-not-found", Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder["none"])).Code);
    }

    [Fact]
    public void ShardsOfPicklesOpen()
    {
        byte[] pickle = new PickleBuilder().Dictionary(p => p.Tensor("w", "torch.FloatStorage", "0", 2, 0, [2], [1])).ToArray();
        byte[] bytes = TorchBytes.Zip(pickle, System.IO.Compression.CompressionLevel.NoCompression, ("data/0", TorchBytes.Floats(1, 2)));
        File.WriteAllBytes(folder["pytorch_model-00001-of-00001.bin"], bytes);
        var map = new Dictionary<string, string> { ["w"] = "pytorch_model-00001-of-00001.bin" };
        File.WriteAllText(folder["pytorch_model.bin.index.json"], JsonSerializer.Serialize(new { weight_map = map }));
        using var checkpoint = Checkpoint.Open(folder["."]);
        float[] values = new float[2];
        checkpoint.Read("w", values);
        Assert.Equal([1, 2], values);
    }

    private ShardPlan Write(long maxShardBytes)
    {
        var plan = ShardPlan.Create(
            [
                new("b", TensorDataType.F32, [2]),
                new("a", TensorDataType.F32, [1, 2]),
                new("large", TensorDataType.F32, [2, 4]),
                new("c", TensorDataType.BF16, [2]),
            ],
            maxShardBytes);
        foreach (var shard in plan.Shards)
        {
            using var writer = SafetensorsWriter.Create(folder[shard.FileName], shard.Layout);
            foreach (var tensor in shard.Layout.Tensors)
            {
                writer.Write(tensor.Name, [.. Enumerable.Range(0, (int)tensor.ElementCount).Select(i => (float)i)]);
            }

            writer.Complete();
        }

        if (plan.ToIndexJson() is { } index)
        {
            AtomicFile.WriteAllText(folder[ShardPlan.IndexFileName], index);
        }

        return plan;
    }

    private CheckpointException Refuse() => Assert.Throws<CheckpointException>(() => Checkpoint.Open(folder["."]));
}
