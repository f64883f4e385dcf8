using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class InspectTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public InspectTests() => model = TinyModel.Write(folder["model"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Connectivity_and_heads_are_told()
    {
        var run = CliRun.Of("inspect", model, "--json", "--epsilon", "0.01");

        Assert.True(run.ExitCode == 0, run.ToString());
        var connectivity = run.Json.GetProperty("connectivity");
        Assert.Equal(2 * (32 + 32 + 16), connectivity.GetProperty("rows").GetInt32());
        Assert.Equal(2 * (32 + 32 + 16), connectivity.GetProperty("histogram").EnumerateArray().Sum(count => count.GetInt32()));

        // Weights are drawn with a deviation of 0.02, so 38 % are below half of that.
        Assert.InRange(connectivity.GetProperty("mean").GetDouble(), 58, 66);
        Assert.InRange(run.Json.GetProperty("trackedSparsity").GetDouble(), 0.34, 0.42);
        Assert.Equal(0, run.Json.GetProperty("sparsity").GetDouble());
        var heads = run.Json.GetProperty("blocks")[1].GetProperty("attentions")[0];
        Assert.Equal("[0,1]", heads.GetProperty("keptHeads").GetRawText().Replace(" ", "", StringComparison.Ordinal).ReplaceLineEndings(""));
        Assert.True(heads.GetProperty("importance")[0].GetDouble() > 0);
    }

    [Theory]
    [InlineData("png", "all", 8)]
    [InlineData("svg", "model.layers.1", 4)]
    [InlineData("png", "model.layers.0.self_attn", 1)]
    [InlineData("png", "model.layers.0.self_attn.o_proj", 1)]
    public void Pictures_are_written(string format, string layer, int count)
    {
        var run = CliRun.Of("inspect", model, "--picture", folder["pictures"], "--layer", layer, "--format", format, "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        string[] files = [.. run.Json.GetProperty("pictures").EnumerateArray().Select(file => file.GetString()!)];
        Assert.Equal(count, files.Length);
        Assert.Equal(files.Order(), Directory.GetFiles(folder["pictures"]).Order());
        Assert.All(files, file => Assert.EndsWith("." + format, file, StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_layer_is_refused_before_anything_is_read()
    {
        var run = CliRun.Of("inspect", model, "--picture", folder["pictures"], "--layer", "nobody");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("model.layers.0", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["pictures"]));
    }
}
