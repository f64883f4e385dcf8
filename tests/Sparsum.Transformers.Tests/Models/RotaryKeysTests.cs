using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>Which of the keys of rotary positions counts.</summary>
public class RotaryKeysTests
{
    private const string Llama =
        """
        "model_type": "llama", "vocab_size": 9, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2
        """;

    private const string Gemma =
        """
        "model_type": "gemma3_text", "vocab_size": 9, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 4, "sliding_window_pattern": 2
        """;

    [Theory]
    [InlineData("", 0.01)]
    [InlineData(""" "rope_scaling": {"type": "linear", "factor": 4}, "rope_parameters": {"rope_type": "default", "rope_theta": 25} """, 0.01 / 4)]
    [InlineData(""" "rope_scaling": {}, "rope_parameters": {"rope_type": "default", "rope_theta": 25} """, 0.2)]
    [InlineData(""" "rope_scaling": null, "rope_parameters": {"rope_theta": 25} """, 0.2)]
    [InlineData(""" "rope_theta": 100 """, 0.1)]
    public void Scaling_counts_before_parameters(string keys, double second) =>
        Assert.Equal(second, Frequency(Build(Llama, keys), 0, 1), 1e-9);

    [Theory]
    [InlineData("", 0.01, 0.001)]
    [InlineData(""" "rope_scaling": {"rope_type": "linear", "factor": 8}, "rope_local_base_freq": 100 """, 0.1, 0.001 / 8)]
    [InlineData(
        """ "rope_parameters": {"full_attention": {"rope_theta": 100, "rope_type": "linear", "factor": 2}, "sliding_attention": {"rope_theta": 25}} """,
        0.2,
        0.1 / 2)]
    public void Each_kind_of_attention_has_its_own(string keys, double local, double global)
    {
        var model = Build(Gemma, keys);
        Assert.Equal(local, Frequency(model, 0, 1), 1e-9);
        Assert.Equal(global, Frequency(model, 1, 1), 1e-9);
    }

    [Theory]
    [InlineData(Llama, """ "rope_scaling": {"rope_type": "mrope"} """, "unsupported-config")]
    [InlineData(Llama, """ "rope_scaling": {"rope_type": "longrope", "short_factor": [1, 2]} """, "invalid-config")]
    [InlineData(Llama, """ "rope_scaling": {"rope_type": "dynamic"} """, "invalid-config")]
    [InlineData(Llama, """ "layer_types": ["full_attention", "linear_attention"] """, "unsupported-config")]
    [InlineData(Llama, """ "layer_types": ["full_attention"] """, "invalid-config")]
    [InlineData(Gemma, """ "layer_types": ["full_attention", "chunked_attention"] """, "unsupported-config")]
    [InlineData(Gemma, """ "rope_parameters": {"full_attention": {"rope_theta": 100}} """, "invalid-config")]
    public void What_is_not_known_or_incomplete_is_refused(string sizes, string keys, string code) =>
        Assert.Equal(code, Assert.Throws<InvalidInputException>(() => Build(sizes, keys)).Code);

    [SharedFact("cases/rope-scaling-and-parameters")]
    public void Both_keys_give_the_outputs_of_the_older_alone()
    {
        string case_ = SharedFiles.Path("cases", "rope-scaling-and-parameters", "model");
        using var folder = new TemporaryFolder();
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(case_, "config.json")))!.AsObject();
        json.Remove("rope_parameters");
        folder.Write("config.json", json.ToJsonString());
        File.Copy(Path.Combine(case_, "model.safetensors"), folder["model.safetensors"]);
        Assert.Equal(Logits(folder.Root), Logits(case_));
    }

    private static float[] Logits(string folder)
    {
        using var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        using var backend = OracleModel.CreateBackend("reference");
        using var computation = new Tensors.Computation(backend);
        var batch = new Transformers.Layers.TokenBatch([1, 5, 9, 20, 30, 41, 52, 63], 1);
        using var logits = pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
        return logits.ToArray();
    }

    private static TransformerModel Build(string sizes, string keys)
    {
        var json = JsonDocument.Parse($"{{{sizes}{(keys.Length == 0 ? "" : ",")}{keys}}}").RootElement;
        return ArchitectureRegistry.BuiltIn.Find(json.GetProperty("model_type").GetString()!).Create(json);
    }

    private static double Frequency(TransformerModel model, int block, int feature) =>
        model.Blocks[block].Attention.Rotary!.InverseFrequencies[feature];
}
