using System.Text.Json.Nodes;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary><c>--dtype</c> of all verbs that write a model.</summary>
public sealed class SavedTypeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public SavedTypeTests() => model = TinyModel.Write(folder["model"]);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("float16", TensorDataType.F16)]
    [InlineData("bfloat16", TensorDataType.BF16)]
    public void Pruned_weights_are_those_of_the_plain_run_rounded(string name, TensorDataType type)
    {
        Done("prune", model, "-o", folder["plain"], "--method", "magnitude", "--shard-size", "1");
        var run = Done("prune", model, "-o", folder["out"], "--method", "magnitude", "--shard-size", "1", "--dtype", name);

        long changed = 0;
        long values = 0;
        double largest = 0;
        using var plain = Checkpoint.Open(folder["plain"]);
        using var rounded = Checkpoint.Open(folder["out"]);
        Assert.Equal(plain.Tensors.Keys.Order(), rounded.Tensors.Keys.Order());
        foreach (var (tensor, info) in plain.Tensors)
        {
            Assert.Equal(type, rounded.Tensors[tensor].DataType);
            float[] before = new float[info.ElementCount];
            float[] after = new float[info.ElementCount];
            plain.Read(tensor, before);
            rounded.Read(tensor, after);
            for (int i = 0; i < before.Length; i++)
            {
                float expected = type == TensorDataType.F16 ? (float)(Half)before[i] : Narrow(before[i]);
                Assert.Equal(expected, after[i]);
                changed += expected == before[i] ? 0 : 1;
                largest = Math.Max(largest, Math.Abs((double)expected - before[i]));
            }

            values += before.Length;
        }

        var rounding = run.Json.GetProperty("rounding");
        Assert.Equal(values, rounding.GetProperty("values").GetInt64());
        Assert.Equal(changed, rounding.GetProperty("changed").GetInt64());
        Assert.Equal(largest, rounding.GetProperty("largestError").GetDouble());
        Assert.Equal(name, JsonNode.Parse(File.ReadAllText(Path.Combine(folder["out"], "config.json")))!["torch_dtype"]!.GetValue<string>());
        Assert.Contains("| rounding | ", File.ReadAllText(Path.Combine(folder["out"], "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Compact_and_trained_models_have_the_type_too()
    {
        string data = TinyClassifier.WriteSst2(Directory.CreateDirectory(folder["sst2"]).FullName);
        Done("prune", model, "-o", folder["pruned"], "--method", "magnitude", "--sparsity", "0.9");
        Done("compact", folder["pruned"], "-o", folder["small"], "--dtype", "float16");
        Done("compact", folder["pruned"], "-o", folder["large"]);
        Done("train", TinyClassifier.Write(folder["bert"]), "-o", folder["trained"], "--task", "sst2", "--data", data, "--epochs", "1", "--dtype", "bfloat16");

        using var small = PretrainedModel.Open(folder["small"]);
        using var large = PretrainedModel.Open(folder["large"]);
        using var trained = PretrainedModel.Open(folder["trained"]);
        Assert.All(small.Checkpoint.Tensors.Values, tensor => Assert.Equal(TensorDataType.F16, tensor.DataType));
        Assert.All(trained.Checkpoint.Tensors.Values, tensor => Assert.Equal(TensorDataType.BF16, tensor.DataType));
        Assert.True(new FileInfo(Path.Combine(folder["small"], "weights.sparsum")).Length < new FileInfo(Path.Combine(folder["large"], "weights.sparsum")).Length);
        small.LoadAll();
        large.LoadAll();
        foreach (var (one, other) in small.Model.Parameters.Zip(large.Model.Parameters))
        {
            Assert.Equal(other.Value.Span.ToArray().Select(value => (float)(Half)value), one.Value.Span.ToArray());
        }
    }

    [Fact]
    public void A_value_that_overflows_is_refused_with_its_tensor_and_leaves_nothing()
    {
        string file = Path.Combine(model, "model.safetensors");
        using (var pretrained = PretrainedModel.Open(model))
        {
            pretrained.LoadAll();
            pretrained.Model.Blocks[1].FeedForward.Linears[0].Weight.Value.Span[3] = 70000;
            ModelWriter.Save(folder["large"], pretrained.ModelConfig, pretrained.Model);
        }

        ByteTokenizerFiles.Write(folder["large"]);
        foreach (string verb in (string[])["prune --method magnitude --sparsity 0.1", "compact", "convert"])
        {
            string[] words = verb.Split(' ');
            var run = CliRun.Of([words[0], folder["large"], "-o", folder["out"], .. words[1..], "--dtype", "float16", "--json"]);

            Assert.True(run.ExitCode != 0, run.ToString());
            Assert.Equal("value-overflow", run.Json.GetProperty("error").GetProperty("code").GetString());
            Assert.Contains("model.layers.1.mlp.", run.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder["out"]) || Directory.Exists(folder["out"] + ".partial"));
        }

        Assert.True(File.Exists(file));
    }

    [Fact]
    public void A_finished_run_of_another_type_is_no_run_of_this_one()
    {
        string[] line = ["prune", model, "-o", folder["out"], "--method", "magnitude", "--json"];
        Done(line);

        var run = CliRun.Of([.. line, "--resume", "--dtype", "float16"]);

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal("other-run", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("bf16", "bfloat16")]
    [InlineData("bfloat16", "bfloat16")]
    [InlineData("stored", "keep")]
    public void Convert_knows_the_earlier_spellings(string given, string name) => Assert.Equal(
        name, Done("convert", model, "-o", folder["out"], "--dtype", given).Json.GetProperty("options").GetProperty("dtype").GetString());

    private static CliRun Done(params string[] args)
    {
        var run = CliRun.Of(args.Contains("--json") ? args : [.. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    /// <summary>To the upper half of its bits, to nearest even.</summary>
    private static float Narrow(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
