using System.Security.Cryptography;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string text;

    public EvaluateTests()
    {
        model = TinyModel.Write(folder["model"]);
        text = TinyModel.WriteText(folder["text.jsonl"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Perplexity_comes_with_its_protocol()
    {
        var run = CliRun.Of("evaluate", model, "--perplexity", text, "--window", "32", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("documents", run.Json.GetProperty("protocol").GetString());
        Assert.Equal("documents", run.Json.GetProperty("options").GetProperty("protocol").GetString());
        Assert.Equal(12, run.Json.GetProperty("documents").GetInt32());
        Assert.Equal(12 * 31, run.Json.GetProperty("tokens").GetInt32());
        Assert.Equal(32, run.Json.GetProperty("window").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(text))), run.Json.GetProperty("dataSha256").GetString());

        // A model with small random weights knows nothing: every one of its 257 tokens is about equally likely.
        Assert.InRange(run.Json.GetProperty("perplexity").GetDouble(), 250, 265);
    }

    [Theory]
    [InlineData("documents", "2..3", 2)]
    [InlineData("concatenated", "0..", 12)]
    [InlineData("joined", "..5", 6)]
    public void Protocol_and_documents_can_be_chosen(string protocol, string range, int documents)
    {
        var run = CliRun.Of("evaluate", model, "--perplexity", text, "--protocol", protocol, "--documents", range, "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(protocol, run.Json.GetProperty("protocol").GetString());
        Assert.Equal(documents, run.Json.GetProperty("documents").GetInt32());
    }

    [Fact]
    public void One_block_at_a_time_gives_the_same_figure()
    {
        var whole = CliRun.Of("evaluate", model, "--perplexity", text, "--json");
        var streamed = CliRun.Of("evaluate", model, "--perplexity", text, "--streaming", "--json");

        double expected = whole.Json.GetProperty("perplexity").GetDouble();
        Assert.Equal(expected, streamed.Json.GetProperty("perplexity").GetDouble(), expected * 1e-6);
    }

    [Fact]
    public void People_read_the_protocol_with_the_figure()
    {
        var run = CliRun.Of("evaluate", model, "--perplexity", text);

        Assert.Contains("perplexity", run.Output, StringComparison.Ordinal);
        Assert.Contains("12 texts, each alone", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_means_quiet()
    {
        var run = CliRun.Of("evaluate", model, "--perplexity", text, "--quiet");

        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
    }
}
