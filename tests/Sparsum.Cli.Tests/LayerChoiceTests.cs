using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Layers that are chosen by patterns, and ratios that come from a file.</summary>
public sealed class LayerChoiceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string text;

    public LayerChoiceTests()
    {
        model = TinyModel.Write(folder["model"], blocks: 3);
        text = TinyModel.WriteText(folder["text.jsonl"]);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("*", "a.b", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abcb", false)]
    [InlineData("*ab", "aab", true)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("?b", "ab", true)]
    [InlineData("?b", "b", false)]
    [InlineData("a.b", "axb", false)]
    [InlineData("[a]", "a", false)]
    [InlineData("a**", "a", true)]
    public void Stars_and_question_marks_stand_for_characters(string pattern, string name, bool matches) =>
        Assert.Equal(matches, LayerSelection.Matches(pattern, name));

    [Theory]
    [InlineData("uniform")]
    [InlineData("owl")]
    public void What_is_left_out_stays_bit_for_bit_and_the_target_is_that_of_the_rest(string allocation)
    {
        var run = Done(
            "prune", model, "-o", folder["out"], "--allocation", allocation, "--calibration", text, "--samples", "4", "--sequence-length", "16",
            "--exclude", "model.layers.1", "--exclude", "*.down_proj", "--granularity", "layer", "--json");

        string[] leftOut = [.. run.Json.GetProperty("leftOut").EnumerateArray().Select(name => name.GetString()!)];
        Assert.Equal(9, leftOut.Length);
        Assert.Equal(0.5, run.Json.GetProperty("sparsity").GetDouble(), 0.01);
        Assert.Equal(0, run.Json.GetProperty("blocks")[1].GetProperty("layers").GetArrayLength());
        using var before = PretrainedModel.Open(model);
        using var after = PretrainedModel.Open(folder["out"]);
        foreach (var layer in before.Model.Blocks.SelectMany(block => block.Linears))
        {
            var twin = after.Model.Blocks.SelectMany(block => block.Linears).Single(other => other.Name == layer.Name);
            before.Load(layer.Weight);
            after.Load(twin.Weight);
            Assert.Equal(leftOut.Contains(layer.Name), layer.Weight.Value.Span.SequenceEqual(twin.Weight.Value.Span));
        }
    }

    [Theory]
    [InlineData("neuronal")]
    [InlineData("alphapruning")]
    [InlineData("progression")]
    public void Allocations_spread_over_what_is_selected(string allocation)
    {
        string[] line = ["prune", model, "-o", folder["out"], "--allocation", allocation, "--calibration", text, "--samples", "8", "--sequence-length", "16", "--json"];

        var run = Done([.. line, "--include", "*proj", "--exclude", "*.o_proj", "--exclude", "*.0.*.down_proj"]);

        Assert.Equal(4, run.Json.GetProperty("leftOut").GetArrayLength());
        Assert.Equal(0.5, run.Json.GetProperty("sparsity").GetDouble(), 0.05);
        Refused("block-left-out", [.. line, "--force", "--exclude", "model.layers.0"], allocation);
    }

    [Fact]
    public void Ratios_of_a_file_are_those_of_the_layers()
    {
        folder.Write("ratios.json", """{"0": 0.25, "model.layers.0.mlp.up_proj": 0.75, "model.layers.1": 0.5, "model.layers.2": 0}""");

        var run = Done("prune", model, "-o", folder["out"], "--method", "magnitude", "--ratios", folder["ratios.json"], "--json");

        foreach (var block in run.Json.GetProperty("blocks").EnumerateArray())
        {
            foreach (var layer in block.GetProperty("layers").EnumerateArray())
            {
                string name = layer.GetProperty("name").GetString()!;
                double expected = name == "model.layers.0.mlp.up_proj" ? 0.75 : ((double[])[0.25, 0.5, 0])[block.GetProperty("index").GetInt32()];
                Assert.Equal(expected, layer.GetProperty("sparsity").GetDouble());
            }
        }

        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("options").GetProperty("sparsity").ValueKind);
    }

    [Theory]
    [InlineData("""{"0": 0.5, "1": 0.5}""", "missing-ratio", "model.layers.2.self_attn.q_proj")]
    [InlineData("""{"0": 0.5, "1": 0.5, "2": 1}""", "ratio-out-of-range", "'2'")]
    [InlineData("""{"0": -0.1, "1": 0.5, "2": 0.5}""", "ratio-out-of-range", "'0'")]
    [InlineData("""{"0": 0.5, "1": 0.5, "2": 0.5, "model.layers.2.mlp.upproj": 0.5}""", "unknown-layer", "Did you mean 'model.layers.2.mlp.up_proj'?")]
    [InlineData("""{"0": 0.5, "1": 0.5, "2": 0.5, "model.layers.2": 0.5}""", "malformed-ratios", "model.layers.2")]
    [InlineData("""{"0": "0.5"}""", "malformed-ratios", "0.5")]
    [InlineData("""[0.5]""", "malformed-ratios", "ratios.json")]
    [InlineData("""{"0": 0.5,""", "malformed-ratios", "ratios.json")]
    public void Ratios_that_do_not_fit_are_refused(string ratios, string code, string words)
    {
        folder.Write("ratios.json", ratios);

        Refused(code, ["prune", model, "-o", folder["out"], "--method", "magnitude", "--ratios", folder["ratios.json"], "--json"], words);
    }

    [Theory]
    [InlineData("--exclude", "*.downproj", "unknown-layer", "Did you mean '*.down_proj'?")]
    [InlineData("--include", "model.layers.7", "unknown-layer", "Did you mean 'model.layers.")]
    [InlineData("--exclude", "model.*", "nothing-selected", "model.*")]
    public void Patterns_that_match_nothing_or_leave_nothing_are_refused(string option, string pattern, string code, string words) =>
        Refused(code, ["prune", model, "-o", folder["out"], "--method", "magnitude", option, pattern, "--json"], words);

    private static CliRun Done(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    private void Refused(string code, string[] args, string words)
    {
        var run = CliRun.Of(args);
        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains(words, run.Json.GetProperty("error").GetRawText().Replace("\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"] + ".partial"));
    }
}
