using System.Text.Json.Nodes;
using Sparsum.Cli.Sweeps;
using Sparsum.Cli.Tests.Support;
using Sparsum.Core;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>What people try first, and the files that they like to write and read.</summary>
public sealed class HabitTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Nothing_and_help_are_the_help_with_examples()
    {
        var bare = CliRun.Of();
        Assert.Equal(0, bare.ExitCode);
        Assert.Contains("Examples:", bare.Output, StringComparison.Ordinal);
        Assert.Equal(CliRun.Of("--help"), bare);
        Assert.Equal(bare, CliRun.Of("help"));
        Assert.Equal(CliRun.Of("prune", "--help"), CliRun.Of("help", "prune"));
        Assert.DoesNotContain("Examples:", CliRun.Of("help", "prune").Output, StringComparison.Ordinal);
        Assert.Equal(CliRun.Of("--version"), CliRun.Of("version"));
        Assert.Equal(2, CliRun.Of("help", "prine").ExitCode);
    }

    [Fact]
    public void Shells_are_told_what_may_come_next()
    {
        Assert.Contains("prune", CliRun.Of("[suggest:3]", "pru").Output.Split('\n').Select(line => line.Trim()));
        Assert.Contains("--sparsity", CliRun.Of("[suggest:13]", "prune m --spa").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wikitext2", "evaluate", "m", "--perplexity", "f", "--protocol", "wikitxt2")]
    [InlineData("sst2", "evaluate", "m", "--task", "sst", "--data", "d")]
    [InlineData("wanda", "prune", "m", "-o", "o", "--method", "wnda")]
    public void A_value_that_is_nearly_one_is_guessed(string meant, params string[] line)
    {
        var run = CliRun.Of([.. line, "--json"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"Did you mean '{meant}'?", run.Json.GetProperty("error").GetProperty("hint").GetString());
    }

    [Fact]
    public void Verbose_tells_every_step()
    {
        string model = TinyModel.Write(folder["model"]);
        var run = CliRun.Of("inspect", model, "--verbose");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(14, run.Error.Split('\n').Count(line => line.Contains("reading ", StringComparison.Ordinal)));
        Assert.Contains("   at ", CliRun.Of("inspect", folder["nothing"], "--verbose").Error, StringComparison.Ordinal);
        Assert.Equal(2, CliRun.Of("inspect", model, "--verbose", "--quiet").ExitCode);
    }

    [Fact]
    public void A_recipe_in_yaml_is_the_one_in_json()
    {
        folder.Write("a.yaml", """
            # A comment.
            name: sparsities
            variables:
              sparsity: [0.5, 0.7, 1e-3]
              method: [wanda, "0.5", 'true']
              flag: [true, null, ~, -3]
            steps:
              - text: |
                  two
                  lines
              - name: prune
                options: {output: "${run}"}
            """);
        var expected = JsonNode.Parse("""
            {"name": "sparsities", "variables": {"sparsity": [0.5, 0.7, 0.001], "method": ["wanda", "0.5", "true"], "flag": [true, null, null, -3]},
             "steps": [{"text": "two\nlines\n"}, {"name": "prune", "options": {"output": "${run}"}}]}
            """);

        Assert.Equal(expected!.ToJsonString(), RecipeNode.Read(folder["a.yaml"]).Value!.ToJsonString());
    }

    [Theory]
    [InlineData("a:\n\tb: 1\n")]
    [InlineData("a: 1\na: 2\n")]
    [InlineData("a: &x 1\nb: *x\n")]
    [InlineData("a: !!python/object 1\n")]
    [InlineData("a: 1\n---\nb: 2\n")]
    [InlineData("a: [1, 2\n")]
    [InlineData("? [a]\n: 1\n")]
    public void Yaml_that_is_none_is_refused(string text)
    {
        folder.Write("a.yml", text);
        var error = Assert.Throws<InvalidInputException>(() => RecipeNode.Read(folder["a.yml"]));
        Assert.Equal("malformed-recipe", error.Code);
        Assert.NotNull(error.Found);
    }

    [Fact]
    public void A_tab_in_yaml_is_told_with_its_line()
    {
        folder.Write("a.yml", "name: a\nvariables:\n\tsparsity: 0.5\n");

        var run = CliRun.Of("sweep", folder["a.yml"], "-o", folder["out"], "--json");

        Assert.Equal(2, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Equal(("malformed-recipe", folder["a.yml"]), (error.GetProperty("code").GetString(), error.GetProperty("file").GetString()));
        Assert.StartsWith("line 3, column ", error.GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Contains("spaces", error.GetProperty("expected").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_in_yaml_leaves_a_sheet()
    {
        string model = TinyModel.Write(folder["model"]);
        folder.Write("sweep.yaml", $$"""
            name: sheet
            variables:
              sparsity: [0.5, 0.75]
            steps:
              - name: prune
                verb: prune
                options: {model: "{{model}}", output: "${run}/out", method: magnitude, sparsity: "${sparsity}"}
            tables:
              - title: "zeros, in all"
                rows: [sparsity]
                values: [{title: "a \"share\"", step: prune, path: sparsity}]
            """);
        var run = CliRun.Of("sweep", folder["sweep.yaml"], "-o", folder["out"], "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        string[] lines = File.ReadAllText(folder["out/results.csv"]).Split("\r\n");
        Assert.StartsWith("id,state,seconds,sparsity,\"a \"\"share\"\"\"", lines[0], StringComparison.Ordinal);
        Assert.Equal(["0.5", "0.75"], lines[1..3].Select(line => line.Split(',')[3]));
        Assert.All(lines[1..3], line => Assert.Equal("done", line.Split(',')[1]));
        Assert.Equal(0.75, double.Parse(lines[2].Split(',')[4], System.Globalization.CultureInfo.InvariantCulture), 2);
        Assert.Equal("", Assert.Single(lines[3..]));
        string[] table = File.ReadAllLines(folder["out/results.md"]);
        Assert.Equal(["| id | state | seconds | sparsity | a \"share\" |", "| --- | --- | ---: | --- | ---: |"], table[..2]);
        Assert.Equal(lines[1..3].Select(line => line.Split(',')), table[2..].Select(row => row.Trim('|', ' ').Split(" | ")));
    }
}
