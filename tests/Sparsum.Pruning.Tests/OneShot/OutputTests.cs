using System.Text.Json;
using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.RandomModel;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class OutputTests
{
    [Theory]
    [InlineData(TensorDataType.BF16)]
    [InlineData(TensorDataType.F16)]
    [InlineData(TensorDataType.F32)]
    public void Survivors_keep_their_bits_and_all_else_is_copied(TensorDataType type)
    {
        using var model = new TestModel(new RandomLlama { Blocks = 3, KeyValueHeads = 2, ShardBytes = 20_000, DataType = type });
        File.WriteAllText(Path.Combine(model.Input, "tokenizer_config.json"), "{}");
        File.WriteAllText(Path.Combine(model.Input, "consolidated.pth"), "dense weights");
        var before = Folders.Hashes(model.Input);

        var result = model.Prune();

        Assert.Equal(before, Folders.Hashes(model.Input));
        using var source = Checkpoint.Open(model.Input);
        using var output = Checkpoint.Open(model.Output);
        Assert.Equal(source.Tensors.Keys.Order(StringComparer.Ordinal), output.Tensors.Keys.Order(StringComparer.Ordinal));
        int width = type == TensorDataType.F32 ? 4 : 2;
        long zeros = 0;
        foreach (var (name, info) in source.Tensors)
        {
            Assert.Equal(info.DataType, output.Tensors[name].DataType);
            Assert.Equal(info.Shape, output.Tensors[name].Shape);
            byte[] old = Bytes(source, name);
            byte[] now = Bytes(output, name);
            bool isPruned = name.Contains("_proj", StringComparison.Ordinal);
            for (int i = 0; i < old.Length; i += width)
            {
                bool isZero = now.AsSpan(i, width).IndexOfAnyExcept((byte)0) < 0;
                zeros += isPruned && isZero ? 1 : 0;
                Assert.True((isPruned && isZero) || now.AsSpan(i, width).SequenceEqual(old.AsSpan(i, width)), name);
            }
        }

        Assert.Equal(zeros, result.Zeros);
        Assert.True(Directory.GetFiles(model.Output, "*.safetensors").Length > 1);
        Assert.True(File.Exists(Path.Combine(model.Output, "tokenizer_config.json")));
        Assert.False(File.Exists(Path.Combine(model.Output, "consolidated.pth")));
        Assert.Equal(["ids.safetensors", "model", "out"], Folders.Names(model.Root));
    }

    [Fact]
    public void The_result_tells_what_was_done()
    {
        using var model = new TestModel();

        var result = model.Prune();

        // Rows of 32 lose 19, rows of 48 lose 28.
        long perBlock = (19 * (32 + 16 + 16 + 32 + 48 + 48)) + (28 * 32);
        Assert.Equal(3 * perBlock, result.Zeros);
        Assert.Equal((double)result.Zeros / result.Elements, result.Sparsity);
        Assert.Equal((2L * 64 * 32) + (7 * 32), result.OtherElements);
        Assert.Equal("model.layers.1.self_attn.k_proj", result.Blocks[1].Layers[1].Name);
        Assert.Equal((3, 10, CalibrationRules.Ids), (result.Calibration!.Samples, result.Calibration.SequenceLength, result.Calibration.Rule));
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model.Output, BlockwisePruner.ResultFileName)));
        Assert.Equal(result.Sparsity, json.RootElement.GetProperty("sparsity").GetDouble());
        Assert.Equal("row", json.RootElement.GetProperty("options").GetProperty("granularity").GetString(), ignoreCase: true);
    }

    [Theory]
    [InlineData("wanda", 2)]
    [InlineData("wanda", 3)]
    [InlineData("magnitude", 2)]
    [InlineData("multiflow", 2)]
    [InlineData("sparsegpt", 3)]
    public void Bytes_do_not_depend_on_the_number_of_threads(string method, int threads)
    {
        using var model = new TestModel();
        var options = model.Options with { Method = Named.Method(method) };

        model.Prune(options, output: model.At("one"));
        model.Prune(options, output: model.At("many"), threads: threads);

        Assert.Equal(Folders.Hashes(model.At("one")), Folders.Hashes(model.At("many")));
    }

    [SharedTheory("oracle/models")]
    [InlineData("gpt2", "magnitude")]
    [InlineData("gpt2", "wanda")]
    [InlineData("pythia_style", "wanda")]
    public void Fused_and_transposed_matrices_are_pruned_by_output_neuron(string name, string method)
    {
        using var temporary = new TemporaryFolder();
        string input = SharedFiles.Path("oracle", "models", name);
        File.WriteAllText(temporary["ids.json"], "[[1,2,3,4,5,6,7,8],[8,7,6,5,4,3,2,1]]");
        using var backend = new Tensors.Backends.Cpu.CpuBackend(1);

        new BlockwisePruner(backend).Run(input, temporary["out"], new PruneOptions
        {
            Method = Named.Method(method),
            Calibration = Named.Method(method).NeedsCalibration ? new CalibrationOptions { File = temporary["ids.json"] } : null,
        });

        using var dense = PretrainedModel.Open(input);
        using var pruned = PretrainedModel.Open(temporary["out"]);
        dense.LoadAll();
        pruned.LoadAll();
        foreach (var (before, after) in dense.Model.Parameters.Zip(pruned.Model.Parameters))
        {
            bool isLayer = pruned.Model.Blocks.Any(block => block.Linears.Any(linear => ReferenceEquals(linear.Weight, after)));
            for (int row = 0; row < after.Value.RowCount; row++)
            {
                float[] old = before.Value.Row(row).ToArray();
                float[] now = after.Value.Row(row).ToArray();
                Assert.Equal(isLayer ? now.Length / 2 : 0, now.Where((value, c) => value == 0 && old[c] != 0).Count());
                Assert.All(now.Zip(old), pair => Assert.True(pair.First == 0 || pair.First == pair.Second));
            }
        }
    }

    [Fact]
    public void An_output_that_is_there_stays()
    {
        using var model = new TestModel();
        model.Prune();
        var before = Folders.Hashes(model.Output);

        Assert.Equal("output-exists", Assert.Throws<InvalidInputException>(() => model.Prune()).Code);
        Assert.Equal(before, Folders.Hashes(model.Output));

        model.Prune(model.Options with { Sparsity = 0.2 }, ExistingOutput.Replace);
        Assert.NotEqual(before, Folders.Hashes(model.Output));
    }

    [Fact]
    public void Only_a_model_is_replaced()
    {
        using var model = new TestModel();
        Directory.CreateDirectory(model.Output);
        File.WriteAllText(Path.Combine(model.Output, "thesis.txt"), "years of work");

        Assert.Equal("output-not-ours", Assert.Throws<InvalidInputException>(() => model.Prune(existing: ExistingOutput.Replace)).Code);
        Assert.Equal(["thesis.txt"], Folders.Names(model.Output));
    }

    [Fact]
    public void An_empty_output_folder_is_used()
    {
        using var model = new TestModel();
        Directory.CreateDirectory(model.Output);

        model.Prune();

        Assert.Contains("config.json", Folders.Names(model.Output));
    }

    [Theory]
    [InlineData("model")]
    [InlineData("model/inside")]
    [InlineData("")]
    public void Output_and_input_may_not_overlap(string output)
    {
        using var model = new TestModel();
        var before = Folders.Hashes(model.Root);

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(output: Path.Combine(model.Root, output), existing: ExistingOutput.Replace));

        Assert.Equal("output-is-input", error.Code);
        Assert.Equal(before, Folders.Hashes(model.Root));
    }

    private static byte[] Bytes(ICheckpoint checkpoint, string name)
    {
        using var stream = new MemoryStream();
        checkpoint.CopyBytes(name, stream);
        return stream.ToArray();
    }
}
