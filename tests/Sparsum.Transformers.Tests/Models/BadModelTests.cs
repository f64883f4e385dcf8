using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public sealed class BadModelTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly string folder;

    public BadModelTests()
    {
        folder = temporary["model"];
        SmallModels.Write(folder, SmallModels.Llama);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        var error = Fails("missing-config", temporary["nowhere"]);
        Assert.Contains("no such folder", error.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"model_type\": ")]
    [InlineData("[1, 2]")]
    public void A_malformed_config_is_named(string text)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), text);
        Assert.EndsWith("config.json", Fails("malformed-config").File, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_architecture_lists_the_known_ones()
    {
        Change(config => config["model_type"] = "mamba");
        var error = Fails("unknown-architecture");
        Assert.Contains("mamba", error.Message, StringComparison.Ordinal);
        Assert.Contains("gptj, gpt_neox, llama, marian, mistral", error.Expected, StringComparison.Ordinal);
        Assert.EndsWith("config.json", error.File, StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_without_model_type_says_so()
    {
        Change(config => config.Remove("model_type"));
        Assert.Equal("model_type", Fails("missing-config-keys").Expected);
    }

    [Fact]
    public void All_missing_keys_are_listed()
    {
        Change(config =>
        {
            config.Remove("hidden_size");
            config.Remove("num_attention_heads");
        });
        var error = Fails("missing-config-keys");
        Assert.Contains("hidden_size", error.Expected, StringComparison.Ordinal);
        Assert.Contains("num_attention_heads", error.Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_size", "\"wide\"")]
    [InlineData("hidden_size", "null")]
    [InlineData("hidden_act", "null")]
    [InlineData("rope_scaling", "\"linear\"")]
    [InlineData("eos_token_id", "[1, \"2\"]")]
    public void A_value_of_the_wrong_type_names_its_key(string key, string value)
    {
        Change(config => config[key] = JsonNode.Parse(value));
        Assert.Contains(key, Fails("malformed-config").Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hidden_size", "0")]
    [InlineData("num_hidden_layers", "-1")]
    [InlineData("num_hidden_layers", "2000000000")]
    [InlineData("head_dim", "2000000000")]
    [InlineData("num_key_value_heads", "3")]
    [InlineData("num_attention_heads", "3")]
    [InlineData("rope_theta", "0")]
    [InlineData("head_dim", "5")]
    [InlineData("rope_scaling", "{\"rope_type\": \"linear\"}")]
    public void Senseless_values_are_refused(string key, string value)
    {
        Change(config => config[key] = JsonNode.Parse(value));
        Fails("invalid-config");
    }

    [Theory]
    [InlineData("hidden_act", "\"quick_gelu\"")]
    [InlineData("rope_scaling", "{\"type\": \"mrope\", \"factor\": 2.0}")]
    public void Unsupported_values_are_refused(string key, string value)
    {
        Change(config => config[key] = JsonNode.Parse(value));
        Fails("unsupported-config");
    }

    [Theory]
    [InlineData("phi", "qk_layernorm", "true")]
    [InlineData("opt", "layer_norm_elementwise_affine", "false")]
    [InlineData("deberta-v2", "share_att_key", "false")]
    [InlineData("deberta-v2", "pos_att_type", "\"c2p\"")]
    [InlineData("deberta-v2", "conv_kernel_size", "3")]
    [InlineData("deberta-v2", "relative_attention", "false")]
    public void Unsupported_variants_of_other_families_are_refused(string modelType, string key, string value)
    {
        SmallModels.Write(folder, SmallModels.Of(modelType));
        Change(config => config[key] = JsonNode.Parse(value));
        Fails("unsupported-config");
    }

    [Fact]
    public void All_wrong_shapes_and_missing_tensors_are_listed_at_once()
    {
        Change(config =>
        {
            config["intermediate_size"] = 20;
            config["num_hidden_layers"] = 3;
        });
        var error = Fails("shape-mismatch");
        Assert.Contains("model.layers.0.mlp.gate_proj.weight: stored [24, 16], expected [20, 16]", error.Message, StringComparison.Ordinal);
        Assert.Contains("model.layers.1.mlp.down_proj.weight: stored [16, 24], expected [16, 20]", error.Message, StringComparison.Ordinal);
        Assert.Contains("model.layers.2.input_layernorm.weight", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("10 tensors of another shape", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void All_missing_tensors_are_listed()
    {
        Rewrite(layout => layout.Where(tensor => !tensor.Name.Contains("k_proj.weight", StringComparison.Ordinal)));
        var error = Fails("missing-tensors");
        Assert.Equal("model.layers.0.self_attn.k_proj.weight, model.layers.1.self_attn.k_proj.weight", error.Expected);
    }

    [Fact]
    public void A_missing_tied_head_is_no_error_and_an_unknown_tensor_is_a_warning()
    {
        Change(config => config["tie_word_embeddings"] = true);
        Rewrite(layout => layout.Where(tensor => tensor.Name != "lm_head.weight")
            .Append(new TensorInfo("model.extra", TensorDataType.F32, [2]))
            .Append(new TensorInfo("model.layers.0.self_attn.rotary_emb.inv_freq", TensorDataType.F32, [2])));
        using var model = PretrainedModel.Open(folder);
        Assert.True(model.LanguageModel.IsHeadTied);
        Assert.Equal(["model.extra"], model.UnusedTensors);
    }

    [Fact]
    public void Values_that_are_no_numbers_are_refused_with_their_count()
    {
        var bad = new TensorInfo("model.norm.weight", TensorDataType.F32, [16]);
        Rewrite(layout => layout, (name, values) =>
        {
            if (name == bad.Name)
            {
                values[3] = float.NaN;
                values[5] = float.PositiveInfinity;
            }
        });
        using var model = PretrainedModel.Open(folder);
        var error = Assert.Throws<InvalidInputException>(() => model.LoadAll());
        Assert.Equal("non-finite-weights", error.Code);
        Assert.Equal("model.norm.weight: 2 of 16 values NaN or infinite", error.Found);
        Assert.EndsWith("model.safetensors", error.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_outside_the_vocabulary_are_refused()
    {
        using var model = PretrainedModel.Open(folder);
        using var computation = new Computation(new ReferenceBackend());
        var error = Assert.Throws<InvalidInputException>(() => model.Model.BeginPass(computation, new TokenBatch([1, 31], 1)));
        Assert.Equal("unknown-token", error.Code);
    }

    [Fact]
    public void Sequences_beyond_learned_positions_are_refused()
    {
        using var model = RandomInitialization.Create(SmallModels.Gpt2, 1);
        using var computation = new Computation(new ReferenceBackend());
        var error = Assert.Throws<InvalidInputException>(() => model.BeginPass(computation, new TokenBatch(new int[33], 1)));
        Assert.Equal("sequence-too-long", error.Code);
    }

    public void Dispose() => temporary.Dispose();

    private InvalidInputException Fails(string code, string? path = null)
    {
        var error = Assert.Throws<InvalidInputException>(() => PretrainedModel.Open(path ?? folder));
        Assert.Equal(code, error.Code);
        Assert.NotNull(error.File);
        return error;
    }

    private void Change(Action<JsonObject> change)
    {
        string path = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config);
        File.WriteAllText(path, config.ToJsonString());
    }

    private void Rewrite(Func<IEnumerable<TensorInfo>, IEnumerable<TensorInfo>> choose, Action<string, float[]>? change = null)
    {
        string path = Path.Combine(folder, "model.safetensors");
        string target = temporary["changed.safetensors"];
        using (var source = Checkpoint.Open(path))
        {
            TensorInfo[] tensors = [.. choose(source.Tensors.Values)];
            using var writer = SafetensorsWriter.Create(target, new SafetensorsLayout(tensors));
            foreach (var tensor in tensors)
            {
                var values = source.Tensors.ContainsKey(tensor.Name) ? OracleModel.Read(source, tensor.Name) : new float[tensor.Shape[0]];
                change?.Invoke(tensor.Name, values);
                writer.Write(tensor.Name, values);
            }

            writer.Complete();
        }

        File.Move(target, path, overwrite: true);
    }
}
