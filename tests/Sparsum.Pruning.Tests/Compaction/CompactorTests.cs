using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.Compaction;
using Sparsum.Pruning.Inspection;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.Compaction;

/// <summary>Compaction of whole folders: what is computed stays, whatever the family and the mask.</summary>
public sealed class CompactorTests : IDisposable
{
    private static readonly CompactionOptions Shrunk = new() { Format = CompactionFormat.Shrunk };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> ModelTypes() => MaskedModels.ModelTypes();

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void Outputs_and_sparsity_stay_in_every_form(string modelType)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            string input = folder[$"{modelType}{seed}"];
            MaskedModels.Write(input, MaskedModels.Of(modelType), seed);
            float[] expected = MaskedModels.Outputs(input);
            CompactionOptions[] forms =
            [
                new() { Format = CompactionFormat.Dense },
                Shrunk,
                Shrunk with { RoundTo = 8 },
                Shrunk with { IsUniform = true },
                Shrunk with { IsUniform = true, RoundTo = 5 },
                new() { ShardBytes = 3000 },
            ];
            for (int form = 0; form < forms.Length; form++)
            {
                if (forms[form].IsUniform && !CanBeUniform(modelType))
                {
                    continue;
                }

                string output = folder[$"{modelType}{seed}.{form}"];
                var result = Compactor.Run(input, output, forms[form]);
                Numbers.AssertClose(expected, MaskedModels.Outputs(output), 1e-5, $"seed {seed}, form {form}");
                CheckSparsity(input, output, result);
                CheckReport(output, result);
            }
        }
    }

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void Nothing_is_left_to_remove_and_all_can_come_back(string modelType)
    {
        string input = folder["model"];
        MaskedModels.Write(input, MaskedModels.Of(modelType), 7);
        var first = Compactor.Run(input, folder["compact"], new CompactionOptions());

        var second = Compactor.Run(folder["compact"], folder["again"], new CompactionOptions());
        Compactor.Run(folder["compact"], folder["dense"], new CompactionOptions { Format = CompactionFormat.Dense });

        Assert.True(first.ParametersAfter < first.ParametersBefore);
        Assert.Equal((first.ParametersAfter, first.BytesAfter), (second.ParametersAfter, second.BytesAfter));
        Assert.Equal(first.NonZerosAfter, second.NonZerosAfter);
        Assert.Equal(File.ReadAllBytes(folder["compact/weights.sparsum"]), File.ReadAllBytes(folder["again/weights.sparsum"]));
        Assert.True(JsonNode.DeepEquals(ReadConfig("compact"), ReadConfig("again")));
        Assert.True(JsonNode.DeepEquals(ReadConfig("model"), ReadConfig("dense")));
        Numbers.AssertClose(MaskedModels.Outputs(input), MaskedModels.Outputs(folder["dense"]), 1e-5);
        using var dense = PretrainedModel.Open(folder["dense"]);
        using var original = PretrainedModel.Open(input);
        Assert.Equal(
            original.Checkpoint.Tensors.Values.Select(info => $"{info.Name} {string.Join('x', info.Shape)}").Order(),
            dense.Checkpoint.Tensors.Values.Select(info => $"{info.Name} {string.Join('x', info.Shape)}").Order());
    }

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void A_uniform_model_is_one_of_the_architecture(string modelType)
    {
        var config = MaskedModels.Of(modelType);
        MaskedModels.Write(folder["model"], config, 8);
        if (!CanBeUniform(modelType))
        {
            var error = Assert.Throws<InvalidInputException>(() => Compactor.Run(folder["model"], folder["out"], Shrunk with { IsUniform = true }));
            Assert.Equal("uniform-unsupported", error.Code);
            return;
        }

        var result = Compactor.Run(folder["model"], folder["out"], Shrunk with { IsUniform = true, RoundTo = 2 });

        var json = ReadConfig("out");
        Assert.False(json.ContainsKey("per_layer_config"));
        Assert.False(json.ContainsKey("pruned_heads"));
        Assert.Equal(config.HasFreeHeadCount() || result.Blocks.All(block => block.DeadHeads == 0), result.Remarks.Count == 0);

        // A reader that knows nothing of compaction builds the same shapes.
        json.Remove("compaction");
        File.WriteAllText(folder["out/config.json"], json.ToJsonString());
        using var opened = PretrainedModel.Open(folder["out"]);
        var sizes = opened.Model.Blocks.Select(block => (block.Attention.HeadCount, block.FeedForwards[0].NeuronCount)).Distinct().ToList();
        Assert.Single(sizes);
        Assert.True(sizes[0].NeuronCount is < 24 and > 0 && sizes[0].NeuronCount % 2 == 0);
    }

    private static bool CanBeUniform(string modelType) => MaskedModels.Of(modelType).Resize(new LayerSizes(4, 4, 24)) is not null;

    [Fact]
    public void A_uniform_model_remembers_how_large_it_was()
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("llama"), 8);
        Compactor.Run(folder["model"], folder["uniform"], Shrunk with { IsUniform = true });

        var result = Compactor.Run(folder["uniform"], folder["compact"], new CompactionOptions());

        CheckSparsity(folder["uniform"], folder["compact"], result);
        Assert.Equal(3 * ((2 * 16 * 16) + (2 * 8 * 16) + (3 * 24 * 16)), result.DenseElements);
        Assert.Equal(24, (int)ReadConfig("compact")["compaction"]!["dense_sizes"]!["intermediate_size"]!);
        Numbers.AssertClose(MaskedModels.Outputs(folder["model"]), MaskedModels.Outputs(folder["compact"]), 1e-5);
    }

    [SharedFact("oracle/prune_heads")]
    public void Heads_that_another_library_removed_come_back_as_zeros()
    {
        string input = SharedFiles.Path("oracle", "prune_heads", "bert_cls");
        Compactor.Run(input, folder["dense"], new CompactionOptions { Format = CompactionFormat.Dense });

        Assert.False(ReadConfig("dense").ContainsKey("pruned_heads"));
        Numbers.AssertClose(MaskedModels.Outputs(input), MaskedModels.Outputs(folder["dense"]), 1e-6);
        using var opened = PretrainedModel.Open(folder["dense"]);
        Assert.All(opened.Model.Blocks, block => Assert.Equal(4, block.Attention.HeadCount));
    }

    [Fact]
    public void Widths_are_filled_up_with_zeros()
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("bert"), 9);
        var exact = Compactor.Run(folder["model"], folder["exact"], Shrunk);
        var rounded = Compactor.Run(folder["model"], folder["rounded"], Shrunk with { RoundTo = 8 });
        var beyond = Compactor.Run(folder["model"], folder["beyond"], Shrunk with { RoundTo = 100 });

        Assert.Contains(exact.Blocks, block => block.After.Neurons % 8 != 0);
        Assert.All(rounded.Blocks, block => Assert.Equal(0, block.After.Neurons % 8));
        Assert.All(exact.Blocks.Zip(rounded.Blocks), pair => Assert.InRange(pair.Second.After.Neurons - pair.First.After.Neurons, 0, 7));
        Assert.All(beyond.Blocks, block => Assert.Equal(24, block.After.Neurons));
        using var opened = PretrainedModel.Open(folder["rounded"]);
        opened.LoadAll();
        var block = rounded.Blocks.First(candidate => candidate.After.Neurons > exact.Blocks[candidate.Index].After.Neurons);
        var layer = opened.Model.Blocks[block.Index].FeedForwards[0];
        int empty = Enumerable.Range(0, layer.NeuronCount)
            .Count(i => layer.Up.Weight.Value.Row(i).IndexOfAnyExcept(0f) < 0 && layer.Up.Bias!.Value.Span[i] == 0);
        Assert.Equal(block.After.Neurons - exact.Blocks[block.Index].After.Neurons, empty);
    }

    [Fact]
    public void Sparse_matrices_take_less_room()
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("llama"), 10);
        var shrunk = Compactor.Run(folder["model"], folder["shrunk"], Shrunk);
        var compact = Compactor.Run(folder["model"], folder["compact"], new CompactionOptions());

        Assert.Equal(shrunk.ParametersAfter, compact.ParametersAfter);
        Assert.True(compact.Blocks.Sum(block => block.After.Bytes) < 0.9 * shrunk.Blocks.Sum(block => block.After.Bytes));
        Assert.Contains(compact.Blocks, block => block.SparseMatrices > 0);
        Assert.Equal("sparse-bitmask", (string)ReadConfig("compact")["compaction"]!["encoding"]!);
        using var parts = Checkpoint.Open(folder["compact"]);
        Assert.Equal(compact.BytesAfter, parts.Tensors.Values.Sum(info => info.ByteCount));
        Assert.Contains(parts.Tensors.Keys, name => name.EndsWith(".mlp.down_proj.weight.bitmask", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(TensorDataType.BF16)]
    [InlineData(TensorDataType.F16)]
    public void Constants_that_move_are_not_rounded_to_short_types(TensorDataType type)
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("opt"), 11, type);

        Compactor.Run(folder["model"], folder["out"], new CompactionOptions());

        Numbers.AssertClose(MaskedModels.Outputs(folder["model"]), MaskedModels.Outputs(folder["out"]), 1e-5);
        using var opened = PretrainedModel.Open(folder["out"]);
        var types = opened.Checkpoint.Tensors.Values.ToLookup(info => info.DataType, info => info.Name);
        Assert.Contains(types[TensorDataType.F32], name => name.EndsWith("fc2.bias", StringComparison.Ordinal));
        Assert.All(types[TensorDataType.F32], name => Assert.EndsWith(".bias", name, StringComparison.Ordinal));
        Assert.True(types[type].Count() > types[TensorDataType.F32].Count());
    }

    [Fact]
    public void A_packed_compact_model_computes_the_same()
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("phi"), 12);
        Compactor.Run(folder["model"], folder["out"], new CompactionOptions());
        using var opened = PretrainedModel.Open(folder["out"]);
        opened.LoadAll();
        Numbers.AssertClose(MaskedModels.Outputs(folder["model"]), MaskedModels.Outputs(opened.Model, isPacked: true), 1e-5);
    }

    [Fact]
    public void What_the_configuration_says_beyond_sizes_stays()
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("bert"), 13);
        var json = ReadConfig("model");
        json["neuroprune"] = new JsonObject { ["modules"] = new JsonArray() };
        json["id2label"] = new JsonObject { ["0"] = "a", ["1"] = "b", ["2"] = "c" };
        json["unheard_of"] = 1.5;
        File.WriteAllText(folder["model/config.json"], json.ToJsonString());
        File.WriteAllText(folder["model/vocab.txt"], "x");
        File.WriteAllText(folder["model/run.json"], "{}");

        Compactor.Run(folder["model"], folder["out"], Shrunk);

        var written = ReadConfig("out");
        foreach (string key in new[] { "neuroprune", "id2label", "unheard_of", "architectures", "model_type", "intermediate_size" })
        {
            Assert.True(JsonNode.DeepEquals(json[key], written[key]), key);
        }

        Assert.True(written.ContainsKey("sparsum"));
        Assert.Equal("x", File.ReadAllText(folder["out/vocab.txt"]));
        Assert.False(File.Exists(folder["out/run.json"]));
    }

    [Fact]
    public void Outputs_are_guarded()
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("gpt2"), 14);
        Assert.Equal("output-is-input", Refused(folder["model"]));
        Assert.Equal("output-is-input", Refused(folder["model/inside"]));
        Compactor.Run(folder["model"], folder["out"], Shrunk);
        byte[] before = File.ReadAllBytes(folder["out/model.safetensors"]);
        Assert.Equal("output-exists", Refused(folder["out"]));
        Compactor.Run(folder["model"], folder["out"], new CompactionOptions { Format = CompactionFormat.Dense }, replace: true);
        Assert.NotEqual(before, File.ReadAllBytes(folder["out/model.safetensors"]));
        Assert.False(Directory.Exists(folder["out.partial"]));

        string Refused(string output) =>
            Assert.Throws<InvalidInputException>(() => Compactor.Run(folder["model"], output, Shrunk)).Code;
    }

    [Fact]
    public void A_cancelled_run_leaves_nothing()
    {
        MaskedModels.Write(folder["model"], MaskedModels.Of("gpt2"), 15);
        using var cancellation = new CancellationTokenSource();
        var progress = new Stopper(cancellation);

        Assert.ThrowsAny<OperationCanceledException>(
            () => Compactor.Run(folder["model"], folder["out"], Shrunk, progress: progress, cancellationToken: cancellation.Token));

        Assert.False(Directory.Exists(folder["out"]));
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        foreach (var options in new CompactionOptions[]
        {
            new() { IsUniform = true },
            new() { IsUniform = true, Format = CompactionFormat.Dense },
            new() { RoundTo = 0 },
            new() { RoundTo = 8, Format = CompactionFormat.Dense },
            new() { ShardBytes = 0 },
        })
        {
            Assert.Equal("invalid-option", Assert.Throws<InvalidInputException>(options.Validate).Code);
        }
    }

    public void Dispose() => folder.Dispose();

    /// <summary>
    /// Removed weights count as zeros. A dead head or neuron may take nonzeros with it that had no effect; by these alone the number grows.
    /// </summary>
    private static void CheckSparsity(string input, string output, CompactionResult result)
    {
        using var before = PretrainedModel.Open(input);
        using var after = PretrainedModel.Open(output);
        var (first, second) = (SparsityInspector.Inspect(before), SparsityInspector.Inspect(after));
        Assert.Equal(first.DenseElements, second.DenseElements);
        Assert.Equal(first.DenseElements, result.DenseElements);
        Assert.Equal(result.SparsityBefore, first.Sparsity, 12);
        Assert.Equal(result.SparsityAfter, second.Sparsity, 12);
        Assert.Equal(first.Sparsity + ((double)(result.NonZerosBefore - result.NonZerosAfter) / result.DenseElements), second.Sparsity, 12);
    }

    private static void CheckReport(string output, CompactionResult result)
    {
        using var opened = PretrainedModel.Open(output);
        Assert.Equal(opened.Model.Parameters.Sum(parameter => Sparsum.Tensors.Tensor.CountElements(parameter.Shape)), result.ParametersAfter);
        Assert.Equal(
            opened.Model.Blocks.Select(block => (block.Attentions.Sum(attention => attention.HeadCount), block.FeedForwards.Sum(layer => layer.NeuronCount))),
            result.Blocks.Select(block => (block.After.Heads, block.After.Neurons)));
        using var files = Checkpoint.Open(output);
        Assert.Equal(files.Tensors.Values.Sum(info => info.ByteCount), result.BytesAfter);
    }

    private JsonObject ReadConfig(string name) => JsonNode.Parse(File.ReadAllText(folder[$"{name}/config.json"]))!.AsObject();

    private sealed class Stopper(CancellationTokenSource cancellation) : IProgress<CompactionProgress>
    {
        public void Report(CompactionProgress value)
        {
            if (value is { IsWriting: true, Block: 1 })
            {
                cancellation.Cancel();
            }
        }
    }
}
