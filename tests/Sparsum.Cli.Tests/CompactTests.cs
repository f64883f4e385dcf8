using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class CompactTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string pruned;
    private readonly string text;

    public CompactTests()
    {
        string model = TinyModel.Write(folder["model"]);
        text = TinyModel.WriteText(folder["text.jsonl"]);
        pruned = folder["pruned"];
        var run = CliRun.Of("prune", model, "-o", pruned, "--method", "magnitude", "--sparsity", "0.9", "--granularity", "layer", "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_compact_model_is_smaller_and_goes_through_every_verb()
    {
        var run = CliRun.Of("compact", pruned, "-o", folder["out"], "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        var document = run.Json;
        Assert.True(document.GetProperty("bytes").GetInt64() < document.GetProperty("bytesBefore").GetInt64());
        Assert.True(document.GetProperty("parameters").GetInt64() < document.GetProperty("parametersBefore").GetInt64());
        Assert.Equal("compact", document.GetProperty("options").GetProperty("format").GetString());
        Assert.Equal(2, document.GetProperty("blocks").GetArrayLength());
        var block = document.GetProperty("blocks")[0];
        Assert.True(block.GetProperty("after").GetProperty("bytes").GetInt64() < block.GetProperty("before").GetProperty("bytes").GetInt64());
        Assert.Equal(run.Output.Trim(), File.ReadAllText(folder["out/run.json"]).Trim());

        Assert.Equal(Perplexity(pruned), Perplexity(folder["out"]), 1e-4);
        Assert.Equal(document.GetProperty("sparsity").GetDouble(), Json("inspect", folder["out"]).GetProperty("sparsity").GetDouble(), 12);
        var items = Json("bench", folder["out"], "--baseline", pruned, "--length", "8", "--runs", "1").GetProperty("items");
        Assert.True(items[1].GetProperty("bytesOnDisk").GetInt64() < items[0].GetProperty("bytesOnDisk").GetInt64());
        Json("prune", folder["out"], "-o", folder["again"], "--method", "magnitude", "--sparsity", "0.95");
        Assert.InRange(Json("inspect", folder["again"]).GetProperty("sparsity").GetDouble(), 0.95, 0.97);
        Assert.Equal(
            Json("generate", pruned, "--prompt", "Sparse", "--max-new-tokens", "5").GetProperty("items")[0].GetProperty("ids").ToString(),
            Json("generate", folder["out"], "--prompt", "Sparse", "--max-new-tokens", "5").GetProperty("items")[0].GetProperty("ids").ToString());
    }

    [Fact]
    public void A_trained_model_has_the_sparsity_that_training_said()
    {
        string data = TinyClassifier.WriteSst2(folder["data"]);
        var trained = Json(
            "train", TinyClassifier.Write(folder["classifier"], ["negative", "positive"]), "-o", folder["trained"], "--task", "sst2", "--data", data,
            "--epochs", "2", "--batch-size", "8", "--learning-rate", "0.01", "--method", "neuroprune", "--sparsity", "0.7", "--heads", "5");

        var document = Json("compact", folder["trained"], "-o", folder["out"], "--format", "shrunk");

        var shares = document.GetProperty("sparsities");
        foreach (string denominator in (string[])["regularised", "plusOutput"])
        {
            var before = trained.GetProperty("sparsities").GetProperty(denominator);
            var share = shares.GetProperty(denominator);
            Assert.Equal(before.GetProperty("sparsity").GetDouble(), share.GetProperty("sparsityBefore").GetDouble(), 1e-12);
            Assert.Equal(before.GetProperty("dense").GetInt64(), share.GetProperty("dense").GetInt64());
            Assert.InRange(share.GetProperty("sparsity").GetDouble(), share.GetProperty("sparsityBefore").GetDouble(), 0.9);
        }

        Assert.Equal(trained.GetProperty("sparsity").GetDouble(), shares.GetProperty("regularised").GetProperty("sparsityBefore").GetDouble(), 1e-12);
        Assert.Equal(document.GetProperty("sparsity").GetDouble(), shares.GetProperty("plusOutput").GetProperty("sparsity").GetDouble());
        Assert.True(document.GetProperty("sparsityBefore").GetDouble() < 0.69, "output projections stay dense");
    }

    [Fact]
    public void People_see_what_became_of_each_block()
    {
        var run = CliRun.Of("compact", pruned, "-o", folder["out"], "--format", "shrunk", "--uniform", "--round-to", "4");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains("model.layers.1", run.Output, StringComparison.Ordinal);
        Assert.Contains("weights in the blocks of the dense model", run.Output, StringComparison.Ordinal);
        Assert.Contains("of those in query, key, value and MLP", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--uniform")]
    [InlineData("--format", "dense", "--round-to", "8")]
    [InlineData("--round-to", "0")]
    [InlineData("--format", "tiny")]
    public void Options_that_make_no_sense_are_refused(params string[] options)
    {
        var run = CliRun.Of(["compact", pruned, "-o", folder["out"], .. options]);

        Assert.Equal(2, run.ExitCode);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void An_output_that_is_there_stays_without_force()
    {
        Assert.Equal(0, CliRun.Of("compact", pruned, "-o", folder["out"]).ExitCode);
        Assert.Equal(2, CliRun.Of("compact", pruned, "-o", folder["out"]).ExitCode);
        Assert.Equal(2, CliRun.Of("compact", pruned, "-o", pruned, "--force").ExitCode);
        Assert.Equal(0, CliRun.Of("compact", pruned, "-o", folder["out"], "--format", "dense", "--force").ExitCode);
    }

    private double Perplexity(string model) => Json("evaluate", model, "--perplexity", text).GetProperty("perplexity").GetDouble();

    private static JsonElement Json(params string[] args)
    {
        var run = CliRun.Of([.. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run.Json;
    }
}
