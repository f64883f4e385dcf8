using System.Text.Json;
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

    [Fact]
    public void Blocks_that_differ_in_heads_are_told_apart()
    {
        string ragged = TinyModel.WriteRagged(folder["ragged"]);
        var json = CliRun.Of("inspect", ragged, "--json").Json;
        var even = CliRun.Of("inspect", model, "--json").Json;

        Assert.Equal(JsonValueKind.Null, json.GetProperty("heads").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("keyValueHeads").ValueKind);
        Assert.Equal([4, 2], Counts(json, "headsPerModule"));
        Assert.Equal([4, 2], Counts(json, "keyValueHeadsPerModule"));
        Assert.Contains("2 of width 16, 2 to 4 heads, 2 to 4 key/value heads", CliRun.Of("inspect", ragged).Output, StringComparison.Ordinal);

        Assert.Equal(2, even.GetProperty("heads").GetInt32());
        Assert.Equal(1, even.GetProperty("keyValueHeads").GetInt32());
        Assert.Equal([2, 2], Counts(even, "headsPerModule"));
        Assert.Contains("2 of width 16, 2 heads, 1 key/value heads", CliRun.Of("inspect", model).Output, StringComparison.Ordinal);

        static IEnumerable<int> Counts(JsonElement document, string name) => document.GetProperty(name).EnumerateArray().Select(count => count.GetInt32());
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
