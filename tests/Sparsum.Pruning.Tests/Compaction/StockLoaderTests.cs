using System.IO.Enumeration;
using System.Text.Json.Nodes;
using Sparsum.Pruning.Compaction;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.Compaction;

/// <summary>
/// No other library takes a compact folder for a model. Loaders look for weights by name, and one that finds none says so; one that found
/// these would know some tensors and draw the rest at random. The rules are those of <c>docs/formats.md</c>.
/// </summary>
public sealed class StockLoaderTests : IDisposable
{
    /// <summary>What loaders open: by exact name (Transformers), or whatever has one of their extensions (vLLM, llama.cpp's converter, and others).</summary>
    private static readonly string[] Taken =
    [
        "model.safetensors", "model.*.safetensors", "*.safetensors.index.json", "pytorch_model*", "tf_model.h5", "model.ckpt*", "flax_model*", "consolidated*",
        "*.safetensors", "*.bin", "*.pt", "*.pth", "*.h5", "*.msgpack", "*.ckpt", "*.gguf", "*.ggml", "*.onnx", "*.npz", "*.npy", "*.tensors", "adapter_*",
    ];

    /// <summary>Keys of a configuration that name other weights, or how to read them.</summary>
    private static readonly string[] Leading = ["transformers_weights", "auto_map", "quantization_config", "base_model_name_or_path"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    [InlineData("bert", false)]
    [InlineData("t5", false)]
    public void Nothing_in_a_compact_folder_is_what_a_loader_looks_for(string modelType, bool isSharded)
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of(modelType), 7);
        foreach (string name in new[] { "pytorch_model.bin", "tf_model.h5", "model.safetensors.index.json.bak" })
        {
            File.WriteAllText(Path.Combine(folder["model"], name), "x");
        }

        var result = Compactor.Run(folder["model"], folder["compact"], new CompactionOptions { ShardBytes = isSharded ? 4_000 : long.MaxValue });

        Assert.Contains(result.Blocks, block => block.SparseMatrices > 0);
        string[] names = [.. Directory.GetFiles(folder["compact"], "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path)!)];
        Assert.Contains(isSharded ? "weights.sparsum.index.json" : "weights.sparsum", names);
        Assert.DoesNotContain(names, name => Taken.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true)));
        var config = JsonNode.Parse(File.ReadAllText(folder["compact/config.json"]))!.AsObject();
        Assert.Empty(config.Select(pair => pair.Key).Intersect(Leading));
        Assert.True(config.ContainsKey("compaction"));
    }
}
