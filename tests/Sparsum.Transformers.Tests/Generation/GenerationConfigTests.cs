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

    public void Dispose() => folder.Dispose();

    private void Write(string name, string text) => File.WriteAllText(folder[name], text);
}
