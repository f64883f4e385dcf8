using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Xunit;

namespace Sparsum.Transformers.Tests.Generation;

public sealed class GenerationConfigTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Its_own_file_comes_before_the_models()
    {
        Write("generation_config.json", """{ "eos_token_id": [5, 6], "do_sample": true, "top_p": 0.9, "temperature": 0.6 }""");
        Write("config.json", """{ "eos_token_id": 2, "bos_token_id": 1, "pad_token_id": -1 }""");
        var config = GenerationConfig.Open(folder[""]);
        var options = config.ToOptions(seed: 4);
        Assert.Equal(1, config.BosTokenId);
        Assert.Equal([5, 6], options.EndIds);
        Assert.Equal(5, options.PadId);
        Assert.Equal(new SamplingOptions { Temperature = 0.6, TopK = 50, TopP = 0.9, Seed = 4 }, options.Sampling);
    }

    [Fact]
    public void Without_files_generation_is_greedy_and_never_ends()
    {
        var options = GenerationConfig.Open(folder[""]).ToOptions();
        Assert.Empty(options.EndIds);
        Assert.Null(options.Sampling);
    }

    [Theory]
    [InlineData("""{ "eos_token_id": "two" }""")]
    [InlineData("""{ "eos_token_id": [1, null] }""")]
    [InlineData("""{ "top_k": """)]
    public void Malformed_files_are_named(string text)
    {
        Write("generation_config.json", text);
        var error = Assert.Throws<InvalidInputException>(() => GenerationConfig.Open(folder[""]));
        Assert.Equal("malformed-config", error.Code);
        Assert.EndsWith("generation_config.json", error.File, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("num_beams", "0")]
    [InlineData("num_return_sequences", "2")]
    [InlineData("early_stopping", "\"sometimes\"")]
    [InlineData("bad_words_ids", "[[]]")]
    [InlineData("exponential_decay_length_penalty", "[4]")]
    [InlineData("typical_p", "0")]
    [InlineData("guidance_scale", "3")]
    [InlineData("num_beam_groups", "2")]
    [InlineData("stop_strings", "[\"x\"]")]
    public void Settings_that_cannot_be_honoured_are_named(string key, string value)
    {
        Write("generation_config.json", $$"""{ "{{key}}": {{value}} }""");
        Assert.Contains(key, Assert.Throws<InvalidInputException>(() => GenerationConfig.Open(folder[""])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_have_the_names_of_the_reference()
    {
        Write(
            "generation_config.json",
            """{ "num_beams": 4, "early_stopping": "never", "length_penalty": -1, "max_length": 30, "bad_words_ids": [[1], [2, 3]], "num_beam_groups": 1, "guidance_scale": null }""");
        var options = GenerationConfig.Open(folder[""]).ToOptions();
        Assert.Equal((4, EarlyStopping.Never, -1.0, 30), (options.NumBeams, options.EarlyStopping, options.LengthPenalty, options.MaxLength));
        Assert.Equal([[1], [2, 3]], options.BadWordsIds);
    }

    [Fact]
    public void A_file_of_the_users_comes_before_the_models()
    {
        Write("generation_config.json", """{ "eos_token_id": 5, "do_sample": true, "max_new_tokens": 7, "num_beams": 2, "min_length": 3 }""");
        Write("given.json", """{ "max_length": 30, "num_beams": 4 }""");
        var options = GenerationConfig.Open(folder[""], folder["given.json"]).ToOptions();
        Assert.Equal((4, 30, 3), (options.NumBeams, options.MaxLength, options.MinLength));
        Assert.Equal([5], options.EndIds);
        Assert.Null(options.Sampling);
    }

    [Fact]
    public void Misspelt_settings_of_the_users_are_refused()
    {
        Write("given.json", """{ "num_beam": 4 }""");
        var error = Assert.Throws<InvalidInputException>(() => GenerationConfig.Open(folder[""], folder["given.json"]));
        Assert.Equal(("unknown-setting", folder["given.json"]), (error.Code, error.File));
        Assert.Equal("missing-file", Assert.Throws<InvalidInputException>(() => GenerationConfig.Open(folder[""], folder["none.json"])).Code);
    }

    public void Dispose() => folder.Dispose();

    private void Write(string name, string text) => File.WriteAllText(folder[name], text);
}
