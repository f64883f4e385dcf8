using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>Models whose blocks differ in size: written, read back, and refused where the configuration makes no sense.</summary>
public sealed class RaggedModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Computation computation = new(new ReferenceBackend());

    public static TheoryData<string> ModelTypes() => SmallModels.ModelTypes();

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void A_ragged_model_comes_back_as_it_was(string modelType)
    {
        var config = SmallModels.Of(modelType);
        using var model = RandomInitialization.Create(config, 5);
        RemoveParts(model);
        float[] expected = Logits(model);
        ModelWriter.Save(folder["ragged"], config, model);

        using var opened = PretrainedModel.Open(folder["ragged"]);
        opened.LoadAll();

        Assert.Equal(expected, Logits(opened.Model));
        Assert.Equal(Sizes(model), Sizes(opened.Model));
        Assert.Equal(model.Blocks.Select(block => block.Attention.KeptHeads), opened.Model.Blocks.Select(block => block.Attention.KeptHeads));
        Assert.Equal(model.Blocks.Select(block => block.FeedForwards[0].KeptNeurons), opened.Model.Blocks.Select(block => block.FeedForwards[0].KeptNeurons));
        Assert.Equal(
            model.Blocks.Select(block => (block.Attention.OriginalHeadCount, block.FeedForwards[0].OriginalNeuronCount)),
            opened.Model.Blocks.Select(block => (block.Attention.OriginalHeadCount, block.FeedForwards[0].OriginalNeuronCount)));

        ModelWriter.Save(folder["again"], opened.ModelConfig, opened.Model);
        Assert.True(JsonNode.DeepEquals(ReadConfig("ragged"), ReadConfig("again")));
        Assert.Equal(File.ReadAllBytes(folder["ragged/model.safetensors"]), File.ReadAllBytes(folder["again/model.safetensors"]));
    }

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void A_model_of_full_size_has_no_entries(string modelType)
    {
        SmallModels.Write(folder["full"], SmallModels.Of(modelType));
        var json = ReadConfig("full");
        Assert.False(json.ContainsKey("per_layer_config"));
        Assert.False(json.ContainsKey("pruned_heads"));
    }

    [Fact]
    public void Entries_have_the_names_of_the_field()
    {
        WriteRagged("named");
        var json = ReadConfig("named");
        Assert.Equal("""{"1":[0,1]}""", json["pruned_heads"]!.ToJsonString());
        var entries = json["sparsum"]!["layers"]!.AsObject();
        Assert.Equal(["0", "1"], entries.Select(entry => entry.Key));
        var last = entries["1"]!;
        Assert.Equal((2, 1, 24), ((int)last["num_attention_heads"]!, (int)last["num_key_value_heads"]!, (int)last["intermediate_size"]!));
        Assert.Equal("2-3", (string)last["kept_heads"]!);
        Assert.Equal("1-6, 8-22", (string)entries["0"]!["kept_neurons"]!);
        Assert.Equal((4, 24), ((int)json["num_attention_heads"]!, (int)json["intermediate_size"]!));
        Assert.Equal(
            """{"0":{"intermediate_size":21,"num_attention_heads":4,"num_key_value_heads":2},"1":{"intermediate_size":24,"num_attention_heads":2,"num_key_value_heads":1}}""",
            json["per_layer_config"]!.ToJsonString());
    }

    [Fact]
    public void Per_layer_values_are_keys_of_the_configuration_or_absent()
    {
        var config = SmallModels.Of("gpt2");
        using var model = RandomInitialization.Create(config, 5);
        RemoveParts(model);
        ModelWriter.Save(folder["gpt2"], config, model);

        Assert.Null(ReadConfig("gpt2")["per_layer_config"]);
        Assert.NotNull(ReadConfig("gpt2")["sparsum"]);
    }

    [Fact]
    public void Folders_of_earlier_versions_are_read()
    {
        WriteRagged("new");
        Directory.CreateDirectory(folder["old"]);
        File.Copy(folder["new/model.safetensors"], folder["old/model.safetensors"]);
        var json = ReadConfig("new");
        json["per_layer_config"] = json["sparsum"]!["layers"]!.DeepClone();
        json.Remove("sparsum");
        File.WriteAllText(folder["old/config.json"], json.ToJsonString());

        using var expected = PretrainedModel.Open(folder["new"]);
        using var actual = PretrainedModel.Open(folder["old"]);
        expected.LoadAll();
        actual.LoadAll();
        Assert.Equal(Logits(expected.Model), Logits(actual.Model));
    }

    [Theory]
    [MemberData(nameof(ModelTypes))]
    public void Lists_of_features_come_back(string modelType)
    {
        var config = SmallModels.Of(modelType);
        using var model = RandomInitialization.Create(config, 5);
        var block = model.Blocks[^1];
        foreach (var attention in block.Attentions)
        {
            foreach (var linear in new[] { attention.Query, attention.Key, attention.Value })
            {
                linear.RemoveInputs([1, 2, 15]);
            }

            attention.Output.RemoveOutputs([0, 7]);
        }

        foreach (var linear in block.FeedForwards[0].Expand)
        {
            linear.RemoveInputs([3]);
        }

        block.FeedForwards[0].Down.RemoveOutputs([14, 15]);
        float[] expected = Logits(model);
        ModelWriter.Save(folder["ragged"], config, model);

        using var opened = PretrainedModel.Open(folder["ragged"]);
        opened.LoadAll();

        Assert.Equal(expected, Logits(opened.Model));
        Assert.Equal([.. Enumerable.Range(0, 16).Except([1, 2, 15])], opened.Model.Blocks[^1].Attention.Key.Inputs!);
        Assert.Null(opened.Model.Blocks[0].Attention.Key.Inputs);
    }

    [Fact]
    public void Parts_of_one_tensor_read_the_same_features()
    {
        var config = SmallModels.Gpt2 with
        {
            PerLayerConfig = new Dictionary<int, LayerConfig> { [0] = new() { QueryInputs = [0, 1, 2] } },
        };
        Assert.Equal("invalid-config", Assert.Throws<InvalidInputException>(() => ArchitectureRegistry.BuiltIn.Of(config).Create(config)).Code);
    }

    [Fact]
    public void Numbers_alone_keep_the_first_parts()
    {
        var config = SmallModels.Llama with
        {
            PerLayerConfig = new Dictionary<int, LayerConfig>
            {
                [1] = new() { NumAttentionHeads = 2, NumKeyValueHeads = 1, IntermediateSize = 5 },
            },
        };
        using var model = ArchitectureRegistry.BuiltIn.Of(config).Create(config);
        Assert.Equal([(4, 24), (2, 5)], Sizes(model));
        Assert.Equal([0, 1], model.Blocks[1].Attention.KeptHeads);
        Assert.Equal(Enumerable.Range(0, 5), model.Blocks[1].FeedForwards[0].KeptNeurons);
    }

    [Theory]
    [InlineData("sparsum.layers", "[]", "malformed-config")]
    [InlineData("sparsum.layers", "3", "malformed-config")]
    [InlineData("sparsum.layers.x", "{}", "malformed-config")]
    [InlineData("sparsum.layers.-1", "{}", "invalid-config")]
    [InlineData("sparsum.layers.2", "{}", "invalid-config")]
    [InlineData("sparsum.layers.0", "null", "invalid-config")]
    [InlineData("sparsum.layers.0", "[]", "malformed-config")]
    [InlineData("sparsum.layers.0.skip", """["mlp"]""", "malformed-config")]
    [InlineData("sparsum.layers.0.intermediate_size", "22", "invalid-config")]
    [InlineData("sparsum.layers.0.intermediate_size", "0", "invalid-config")]
    [InlineData("sparsum.layers.0.intermediate_size", "\"22\"", "malformed-config")]
    [InlineData("sparsum.layers.0.kept_neurons", "\"0-30\"", "invalid-config")]
    [InlineData("sparsum.layers.0.kept_neurons", "\"\"", "malformed-config")]
    [InlineData("sparsum.layers.0.kept_neurons", "\"5, 4\"", "malformed-config")]
    [InlineData("sparsum.layers.0.kept_neurons", "\"0-2000000000\"", "malformed-config")]
    [InlineData("sparsum.layers.0.kept_neurons", "[0, 1]", "malformed-config")]
    [InlineData("sparsum.layers.0.kept_neurons", "\"0-21\"", "invalid-config")]
    [InlineData("sparsum.layers.1.num_attention_heads", "3", "invalid-config")]
    [InlineData("sparsum.layers.1.num_key_value_heads", "2", "invalid-config")]
    [InlineData("sparsum.layers.1.kept_heads", "\"1-2\"", "invalid-config")]
    [InlineData("sparsum.layers.0.kept_heads", "\"0, 2-3\"", "invalid-config")]
    [InlineData("sparsum.layers.0.cross_attention", "{}", "invalid-config")]
    [InlineData("sparsum.layers.0.query_inputs", "\"0-16\"", "invalid-config")]
    [InlineData("sparsum.layers.0.down_outputs", "\"3, 99\"", "invalid-config")]
    [InlineData("compaction", """{"encoding":"zip"}""", "unsupported-config")]
    [InlineData("compaction", """{"dense_sizes":{"num_attention_heads":3,"num_key_value_heads":2,"intermediate_size":24}}""", "invalid-config")]
    [InlineData("compaction", """{"dense_sizes":{"num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":0}}""", "invalid-config")]
    [InlineData("pruned_heads.0", "[1]", "unsupported-config")]
    [InlineData("pruned_heads.0", "null", "invalid-config")]
    [InlineData("pruned_heads.0", "[2, 3]", "invalid-config")]
    public void Malformed_entries_are_refused(string path, string value, string code)
    {
        WriteRagged("bad");
        var json = ReadConfig("bad");
        string[] keys = path.Split('.');
        var target = keys[..^1].Aggregate(json, (node, key) => node[key]!.AsObject());
        target[keys[^1]] = JsonNode.Parse(value);
        File.WriteAllText(folder["bad/config.json"], json.ToJsonString());

        var error = Assert.Throws<InvalidInputException>(() => PretrainedModel.Open(folder["bad"]));
        Assert.Equal(code, error.Code);
        Assert.Equal(folder["bad/config.json"], error.File);
        Assert.NotNull(error.Found);
    }

    [Fact]
    public void A_part_of_the_heads_that_share_keys_cannot_be_kept()
    {
        var config = SmallModels.Llama with
        {
            PerLayerConfig = new Dictionary<int, LayerConfig> { [0] = new() { KeptHeads = [0, 2, 3] } },
        };
        Assert.Equal("unsupported-config", Assert.Throws<InvalidInputException>(() => ArchitectureRegistry.BuiltIn.Of(config).Create(config)).Code);
    }

    [Fact]
    public void Weights_that_do_not_fit_the_entries_are_refused()
    {
        WriteRagged("bad");
        var json = ReadConfig("bad");
        json.Remove("per_layer_config");
        json.Remove("sparsum");
        File.WriteAllText(folder["bad/config.json"], json.ToJsonString());
        Assert.Equal("shape-mismatch", Assert.Throws<InvalidInputException>(() => PretrainedModel.Open(folder["bad"])).Code);
    }

    public void Dispose()
    {
        computation.Dispose();
        folder.Dispose();
    }

    /// <summary>Neurons of the first block, and the first group of heads of the second where there are several.</summary>
    private static void RemoveParts(TransformerModel model)
    {
        var neurons = model.Blocks[0].FeedForwards[0];
        neurons.RemoveNeurons([0, 7, neurons.NeuronCount - 1]);
        var attention = model.Blocks[1].Attention;
        if (attention.KeyValueHeadCount > 1 && attention.HasRemovableHeads)
        {
            attention.RemoveHeads([.. Enumerable.Range(0, attention.GroupSize)]);
        }

        model.Blocks[^1].CrossAttention?.RemoveHeads([2]);
    }

    private static IEnumerable<(int Heads, int Neurons)> Sizes(TransformerModel model) =>
        model.Blocks.Select(block => (block.Attention.HeadCount, block.FeedForwards[0].NeuronCount));

    private void WriteRagged(string name)
    {
        using var model = RandomInitialization.Create(SmallModels.Llama, 5);
        RemoveParts(model);
        ModelWriter.Save(folder[name], SmallModels.Llama, model);
    }

    private JsonObject ReadConfig(string name) => JsonNode.Parse(File.ReadAllText(folder[$"{name}/config.json"]))!.AsObject();

    private float[] Logits(TransformerModel model)
    {
        var batch = new TokenBatch([3, 4, 5, 6, 7, 8], 2) { Target = new TokenBatch([0, 4, 1, 2], 2) };
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }
}
