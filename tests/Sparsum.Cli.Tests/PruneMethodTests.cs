using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Methods, refinements and granularities from the command line to a folder that opens.</summary>
public sealed class PruneMethodTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string text;

    public PruneMethodTests()
    {
        model = TinyModel.Write(folder["model"]);
        text = TinyModel.WriteText(folder["text.jsonl"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Sparsegpt_prunes_to_the_sparsity_and_updates_what_stays()
    {
        var json = Prune("out", "--method", "sparsegpt", "--sparsity", "0.5").Json;
        Assert.Equal(0, CliRun.Of("prune", model, "-o", folder["magnitude"], "--method", "magnitude", "--sparsity", "0.5").ExitCode);

        // Of the weights that are compared with each other, those at the threshold go too: one more of each of 7 layers in 2 blocks.
        long elements = json.GetProperty("prunedElements").GetInt64();
        Assert.InRange(json.GetProperty("zeros").GetInt64() - (elements / 2), 0, 14);
        Assert.Equal("sparsegpt", json.GetProperty("options").GetProperty("method").GetString());
        AssertOpens("out", json);
        AssertEvaluates("out");
        Assert.False(File.ReadAllBytes(Weights("out")).SequenceEqual(File.ReadAllBytes(Weights("magnitude"))));
    }

    [Fact]
    public void Too_few_calibration_tokens_for_a_Hessian_are_a_warning_for_all_layers_together()
    {
        var run = CliRun.Of(
            "prune", model, "-o", folder["out"], "--method", "sparsegpt", "--calibration", text, "--samples", "1", "--sequence-length", "8");

        // Of 7 layers in 2 blocks all but the down projections read 16 features.
        Assert.Contains("warning: block 0 ", run.Error, StringComparison.Ordinal);
        Assert.Contains("and 11 more of 14 layers: 8 calibration tokens for 16 input features", run.Error, StringComparison.Ordinal);
        Assert.Contains("and 1 more of 14 layers: 8 calibration tokens for 32 input features", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", Prune("enough", "--method", "sparsegpt").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_of_sparsegpt_needs_whole_groups()
    {
        var json = Prune("out", "--method", "sparsegpt", "--pattern", "2:4", "--set", "sparsegpt.block-size=8").Json;
        Assert.Equal(0.5, json.GetProperty("sparsity").GetDouble());
        AssertOpens("out", json);

        AssertRefused("invalid-setting", "--set sparsegpt.block-size", "--method", "sparsegpt", "--pattern", "2:4", "--set", "sparsegpt.block-size=6");
        AssertRefused("conflicting-options", "--granularity", "--method", "sparsegpt", "--granularity", "layer");
    }

    [Theory]
    [InlineData("magnitude")]
    [InlineData("wanda")]
    [InlineData("sparsegpt")]
    public void Dsnot_changes_masks_and_keeps_the_sparsity(string method)
    {
        var json = Prune("out", "--method", method, "--refine", "dsnot", "--set", "dsnot.threshold=0.0001").Json;
        var initial = Prune("initial", "--method", method, "--refine", "dsnot", "--set", "dsnot.cycles=0").Json;

        Assert.Equal(0.5, json.GetProperty("sparsity").GetDouble());
        Assert.Equal(0.5, initial.GetProperty("sparsity").GetDouble());
        Assert.Equal("dsnot", json.GetProperty("options").GetProperty("refine").GetString());
        AssertOpens("out", json);
        AssertEvaluates("out");
        Assert.False(File.ReadAllBytes(Weights("out")).SequenceEqual(File.ReadAllBytes(Weights("initial"))));
    }

    [Fact]
    public void Dsnot_is_refused_where_rows_share_their_zeros_or_nothing_is_seen()
    {
        AssertRefused("conflicting-options", "--block-rows", "--refine", "dsnot", "--block-rows", "4");
        AssertRefused("invalid-setting", "--set dsnot.cycles", "--refine", "dsnot", "--set", "dsnot.cycles=-1");
        var blind = CliRun.Of("prune", model, "-o", folder["refused"], "--method", "magnitude", "--refine", "dsnot", "--json");
        Assert.Equal("missing-calibration", blind.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public void Row_sums_give_rows_sparsities_of_their_own()
    {
        var json = Prune("out", "--granularity", "row-sum", "--sparsity", "0.6").Json;

        // The share of the sums is bisected until the layer is within a thousandth, or cannot come nearer; a row of 16 moves in steps.
        Assert.Equal(0.6, json.GetProperty("sparsity").GetDouble(), 0.01);
        Assert.Equal("row-sum", json.GetProperty("options").GetProperty("granularity").GetString());
        var degrees = AssertOpens("out", json).GetProperty("blocks")[0].GetProperty("layers")[0].GetProperty("rowDegrees");
        Assert.True(degrees.GetProperty("standardDeviation").GetDouble() > 0);
        AssertEvaluates("out");
    }

    [Fact]
    public void Row_sums_do_not_go_with_a_pattern_or_with_sparsegpt()
    {
        AssertRefused("conflicting-options", "--granularity", "--granularity", "row-sum", "--pattern", "2:4");
        AssertRefused("conflicting-options", "--granularity", "--granularity", "row-sum", "--method", "sparsegpt");
    }

    private CliRun Prune(string output, params string[] options)
    {
        var run = CliRun.Of(
            ["prune", model, "-o", folder[output], "--calibration", text, "--samples", "6", "--sequence-length", "24", .. options, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    private void AssertRefused(string code, string option, params string[] options)
    {
        var run = CliRun.Of(["prune", model, "-o", folder["refused"], "--calibration", text, "--samples", "6", "--sequence-length", "24", .. options, "--json"]);

        Assert.Equal(2, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Equal((code, option), (error.GetProperty("code").GetString(), error.GetProperty("file").GetString()));
        Assert.False(Directory.Exists(folder["refused"]));
        Assert.False(Directory.Exists(folder["refused.partial"]));
    }

    /// <summary>The folder has the zeros that the document of the run speaks of, layer by layer.</summary>
    private JsonElement AssertOpens(string output, JsonElement document)
    {
        var run = CliRun.Of("inspect", folder[output], "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(document.GetProperty("zeros").GetInt64(), run.Json.GetProperty("zeros").GetInt64());
        Assert.Equal(Zeros(document), Zeros(run.Json));
        return run.Json;

        static IEnumerable<long> Zeros(JsonElement document) => document.GetProperty("blocks").EnumerateArray()
            .SelectMany(block => block.GetProperty("layers").EnumerateArray())
            .Select(layer => layer.GetProperty("zeros").GetInt64());
    }

    /// <summary>A model with small random weights, pruned or not, finds every one of its tokens about equally likely.</summary>
    private void AssertEvaluates(string output)
    {
        var run = CliRun.Of("evaluate", folder[output], "--perplexity", text, "--window", "32", "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.InRange(run.Json.GetProperty("perplexity").GetDouble(), 240, 275);
    }

    private string Weights(string output) => Path.Combine(folder[output], "model.safetensors");
}
