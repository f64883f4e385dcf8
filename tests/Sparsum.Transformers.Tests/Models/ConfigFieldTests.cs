using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>Every field is checked on reading; messages name file and key and nothing of the program's inside.</summary>
public sealed class ConfigFieldTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    [Theory]
    [InlineData("rms_norm_eps", "-1")]
    [InlineData("rms_norm_eps", "1e999")]
    [InlineData("eos_token_id", "-1")]
    [InlineData("eos_token_id", "[2, -1]")]
    [InlineData("bos_token_id", "-5")]
    [InlineData("pad_token_id", "-2")]
    [InlineData("attention_dropout", "1.5")]
    [InlineData("initializer_range", "-0.1")]
    [InlineData("num_key_value_heads", "-2")]
    [InlineData("max_position_embeddings", "-1")]
    [InlineData("rope_theta", "-10000")]
    public void A_number_out_of_range_is_refused_by_key(string key, string value) => Refused("invalid-config", key, value);

    [Theory]
    [InlineData("hidden_size", "16.5")]
    [InlineData("hidden_size", "99999999999")]
    [InlineData("hidden_size", "null")]
    [InlineData("rms_norm_eps", "null")]
    [InlineData("tie_word_embeddings", "\"yes\"")]
    [InlineData("hidden_act", "3")]
    [InlineData("architectures", "\"LlamaForCausalLM\"")]
    [InlineData("id2label", "{ \"zero\": \"a\" }")]
    [InlineData("rope_scaling", "{ \"rope_type\": \"linear\", \"factor\": \"two\" }")]
    public void A_value_of_another_kind_is_refused_by_key(string key, string value) => Refused("malformed-config", key, value);

    [Theory]
    [InlineData("attention_bias")]
    [InlineData("mlp_bias")]
    [InlineData("tie_word_embeddings")]
    [InlineData("num_key_value_heads")]
    [InlineData("head_dim")]
    [InlineData("rope_scaling")]
    [InlineData("pad_token_id")]
    public void Null_is_false_for_a_flag_and_the_default_for_what_may_be_left_open(string key)
    {
        string folder = temporary["model"];
        SmallModels.Write(folder, SmallModels.Llama with { AttentionBias = false, MlpBias = false, NumKeyValueHeads = null });
        Change(folder, config => config[key] = null);
        using var pretrained = PretrainedModel.Open(folder);
        Assert.False(pretrained.ModelConfig.TieWordEmbeddings);
    }

    [Fact]
    public void A_padding_token_of_minus_one_is_none()
    {
        string folder = temporary["model"];
        SmallModels.Write(folder, SmallModels.Llama with { PadTokenId = 3 });
        Change(folder, config => config["pad_token_id"] = -1);
        using var pretrained = PretrainedModel.Open(folder);
        Assert.Null(pretrained.ModelConfig.PadTokenId);
        Assert.Null(pretrained.Model.PaddingToken);
    }

    [SharedFact("cases/null-flags")]
    public void A_published_file_with_null_flags_opens() =>
        PretrainedModel.Open(SharedFiles.Path("cases", "null-flags", "model")).Dispose();

    [Fact]
    public void A_class_that_is_not_known_is_refused_with_those_that_are()
    {
        var error = Refused("unknown-class", "architectures", "[\"LlamaForAudioXVectors\"]");
        Assert.Contains("LlamaForCausalLM", error.Expected, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[\"LlamaModel\"]")]
    [InlineData("null")]
    [InlineData("[\"Other\", \"LlamaForCausalLM\"]")]
    public void A_model_without_head_or_without_a_class_opens(string classes)
    {
        string folder = temporary["model"];
        SmallModels.Write(folder, SmallModels.Llama);
        Change(folder, config => config["architectures"] = JsonNode.Parse(classes));
        PretrainedModel.Open(folder).Dispose();
    }

    [Fact]
    public void Fresh_parameters_are_listed_and_refused_where_they_would_count()
    {
        string folder = temporary["model"];
        SmallModels.Write(folder, SmallModels.Of("bert"));
        using var pretrained = PretrainedModel.Open(folder, new HeadOptions { Task = ModelTask.SequenceClassification });
        Assert.Contains("classifier.weight", pretrained.FreshParameters);
        Assert.Contains(pretrained.Warnings, warning => warning.Contains("random until", StringComparison.Ordinal));
        Assert.Equal("untrained-parameters", Assert.Throws<InvalidInputException>(pretrained.RequireTrained).Code);
    }

    [Theory]
    [InlineData("repetition_penalty", "0")]
    [InlineData("temperature", "-1")]
    [InlineData("top_p", "1.5")]
    [InlineData("max_new_tokens", "0")]
    [InlineData("eos_token_id", "-1")]
    public void Generation_settings_are_checked_on_reading(string key, string value)
    {
        File.WriteAllText(temporary["generation_config.json"], $$"""{ "{{key}}": {{value}} }""");
        var error = Assert.Throws<InvalidInputException>(() => GenerationConfig.Open(temporary[""]));
        Assert.Equal("invalid-config", error.Code);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("generation_config.json", error.File, StringComparison.Ordinal);
    }

    [SharedFact("cases/generation-penalty-zero")]
    public void A_penalty_of_zero_names_its_key() => Assert.Contains(
        "repetition_penalty",
        Assert.Throws<InvalidInputException>(() => GenerationConfig.Open(SharedFiles.Path("cases", "generation-penalty-zero"))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Sampling_at_temperature_zero_is_refused()
    {
        File.WriteAllText(temporary["generation_config.json"], """{ "do_sample": true, "temperature": 0 }""");
        Assert.Contains(
            "temperature", Assert.Throws<InvalidInputException>(() => GenerationConfig.Open(temporary[""])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_that_is_stored_apart_is_kept_although_the_file_ties_it()
    {
        string folder = temporary["model"];
        SmallModels.Write(folder, SmallModels.Llama);
        Change(folder, config => config["tie_word_embeddings"] = true);
        using var pretrained = PretrainedModel.Open(folder);
        Assert.False(((CausalLanguageModel)pretrained.Model).IsHeadTied);
        Assert.Contains(pretrained.Warnings, warning => warning.Contains("ties the head", StringComparison.Ordinal));
        Assert.Empty(pretrained.UnusedTensors);
        Assert.Contains("\"tie_word_embeddings\": false", System.Text.Encoding.UTF8.GetString(pretrained.RewrittenConfig!), StringComparison.Ordinal);
    }

    [SharedTheory("cases")]
    [InlineData("tied-flag-own-head", "llama_gqa")]
    [InlineData("t5-v1.1-saved-by-v5", "t5_v1_1")]
    public void The_stored_head_gives_the_logits_of_the_untied_model(string name, string oracle)
    {
        using var kept = PretrainedModel.Open(SharedFiles.Path("cases", name, "model"));
        using var untied = PretrainedModel.Open(SharedFiles.Path("oracle", "models", oracle));
        Assert.NotEmpty(kept.Warnings);
        Assert.Empty(untied.Warnings);
        Assert.Null(untied.RewrittenConfig);
        using var expected = Logits(untied);
        using var found = Logits(kept);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected.Span[i], found.Span[i], 2e-5f);
        }
    }

    public void Dispose() => temporary.Dispose();

    private static Tensor Logits(PretrainedModel pretrained)
    {
        pretrained.LoadAll();
        using var computation = new Computation(new ReferenceBackend());
        var batch = new TokenBatch([5, 9, 20, 30, 1], 1)
        {
            Target = pretrained.Model is EncoderDecoderModel ? new TokenBatch([0, 7, 8], 1) : null,
        };
        return pretrained.Model.Forward(pretrained.Model.BeginPass(computation, batch), batch);
    }

    private static void Change(string folder, Action<JsonObject> change)
    {
        string path = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(config);
        File.WriteAllText(path, config.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }));
    }

    private InvalidInputException Refused(string code, string key, string value)
    {
        string folder = temporary["model"];
        SmallModels.Write(folder, SmallModels.Llama);
        string path = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config.Remove(key);
        string text = config.ToJsonString();
        File.WriteAllText(path, $"{text[..^1]}, \"{key}\": {value}}}");
        var error = Assert.ThrowsAny<InvalidInputException>(() => PretrainedModel.Open(folder));
        Assert.Equal(code, error.Code);
        Assert.EndsWith("config.json", error.File, StringComparison.Ordinal);
        Assert.Contains(code == "unknown-class" ? "LlamaForAudioXVectors" : key, error.Message, StringComparison.Ordinal);
        string all = $"{error.Message} {error.Found} {error.Expected} {error.Hint}";
        Assert.DoesNotContain("System.", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Int32", all, StringComparison.Ordinal);
        return error;
    }
}
