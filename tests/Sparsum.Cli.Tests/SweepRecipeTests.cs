using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>What is wrong with a recipe is told, with its place, before anything runs.</summary>
public sealed class SweepRecipeTests : IDisposable
{
    private const string Step = """{ "verb": "prune", "options": { "model": "m", "output": "${run}/model", "sparsity": "${s}" } }""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("unknown-key", "stepps", """{ "name": "x", "stepps": [] }""")]
    [InlineData("unknown-key", "steps[0].verbs", """{ "name": "x", "steps": [{ "verbs": "prune" }] }""")]
    [InlineData("missing-key", "steps", """{ "name": "x" }""")]
    [InlineData("missing-key", "steps[0].verb", """{ "name": "x", "steps": [{}] }""")]
    [InlineData("unknown-verb", "steps[0].verb", """{ "name": "x", "steps": [{ "verb": "prun" }] }""")]
    [InlineData("unknown-verb", "steps[0].verb", """{ "name": "x", "steps": [{ "verb": "sweep" }] }""")]
    [InlineData("unknown-option", "steps[0].options.sparsty", """{ "name": "x", "steps": [{ "verb": "prune", "options": { "sparsty": 0.5 } }] }""")]
    [InlineData("unknown-option", "steps[0].options.force", """{ "name": "x", "steps": [{ "verb": "prune", "options": { "force": true } }] }""")]
    [InlineData("unknown-variable", "steps[0].options.model", """{ "name": "x", "steps": [{ "verb": "prune", "options": { "model": "${m}" } }] }""")]
    [InlineData("unknown-variable", "exclude.t", """{ "name": "x", "variables": { "s": [0.5] }, "exclude": { "t": 1 }, "steps": [STEP] }""")]
    [InlineData("unknown-variable", "tables[0].rows[0]", """{ "name": "x", "variables": { "s": 0.5 }, "steps": [STEP], "tables": [{ "title": "t", "rows": ["q"], "values": [] }] }""")]
    [InlineData("unknown-step", "tables[0].values[0].step", """{ "name": "x", "variables": { "s": 0.5 }, "steps": [STEP], "tables": [{ "title": "t", "rows": ["s"], "values": [{ "step": "bench", "path": "p" }] }] }""")]
    [InlineData("invalid-option", "steps[0]", """{ "name": "x", "variables": { "s": [0.5, 1.5] }, "steps": [STEP] }""")]
    [InlineData("invalid-recipe", "tables[0]", """{ "name": "x", "variables": { "s": [0.5, 0.6] }, "steps": [STEP], "tables": [{ "title": "t", "rows": [], "values": [{ "step": "prune", "path": "sparsity" }] }] }""")]
    [InlineData("invalid-recipe", "steps", """{ "name": "x", "variables": { "s": [0.5], "u": [1, 2] }, "steps": [STEP] }""")]
    [InlineData("invalid-recipe", "steps[0]", """{ "name": "x", "steps": [{ "verb": "prune", "keep": false, "options": { "model": "m", "output": "elsewhere" } }] }""")]
    [InlineData("invalid-recipe", "variables.s", """{ "name": "x", "variables": { "s": [] }, "steps": [STEP] }""")]
    [InlineData("invalid-recipe", "variables.run", """{ "name": "x", "variables": { "run": 1 }, "steps": [STEP] }""")]
    [InlineData("malformed-recipe", null, """{ "name": "x", """)]
    [InlineData("malformed-recipe", null, """{ "name": "x", "name": "y" }""")]
    public void A_mistake_is_told_with_its_place(string code, string? place, string recipe)
    {
        File.WriteAllText(folder["recipe.json"], recipe.Replace("STEP", Step, StringComparison.Ordinal));

        var run = CliRun.Of("sweep", folder["recipe.json"], "-o", folder["out"], "--json");

        Assert.True(run.ExitCode == 2, run.ToString());
        var error = run.Json.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(folder["recipe.json"], error.GetProperty("file").GetString());
        Assert.Contains(place ?? "recipe.json", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(error.GetProperty("hint").GetString()!);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Theory]
    [InlineData("missing-variable")]
    [InlineData("unknown-variable", "--set-variable", "t=1")]
    [InlineData("invalid-option", "--set-variable", "s")]
    public void A_variable_that_must_be_given_is_asked_for(string code, params string[] args)
    {
        File.WriteAllText(folder["recipe.json"], $$"""{ "name": "x", "variables": { "s": null }, "steps": [{{Step}}] }""");

        var run = CliRun.Of(["sweep", folder["recipe.json"], "-o", folder["out"], .. args, "--json"]);

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal(code, run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    /// <summary>A variable that only cases list: those are kept that have one of the values, and of a list the values that were asked for.</summary>
    [Theory]
    [InlineData("m=\"dsp\"", "dsp 1")]
    [InlineData("m=[\"l1\",\"dense\"]", "dense 0", "l1 1", "l1 2")]
    [InlineData("t=2", "l1 2", "cofi 2")]
    [InlineData("m=l2")]
    [InlineData("m=[]")]
    public void A_variable_of_cases_chooses_among_them(string given, params string[] runs)
    {
        File.WriteAllText(folder["recipe.json"], """
            {
              "name": "x",
              "variables": { "s": 0 },
              "cases": [{ "m": "dense", "t": 0 }, { "m": ["l1", "cofi"], "t": [1, 2] }, { "m": "dsp", "t": 1 }],
              "steps": [{ "verb": "generate", "options": { "model": "a", "prompt": "${m} ${t}", "seed": "${s}" } }],
            }
            """);

        var run = CliRun.Of("sweep", folder["recipe.json"], "--set-variable", given, "--dry-run", "--json");

        if (runs.Length == 0)
        {
            Assert.Equal("unknown-value", run.Json.GetProperty("error").GetProperty("code").GetString());
            return;
        }

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(
            runs.Select(line => $"sparsum generate a --prompt \"{line}\" --seed 0"),
            run.Json.GetProperty("runs").EnumerateArray().Select(each => each.GetProperty("commandLines")[0].GetString()));
    }

    /// <summary>The recipes of the product with everything set that a user must set, or may.</summary>
    [Theory]
    [InlineData("sparse-training-tables.json", 3 * 3 * (1 + (2 * 6)), "model", "glue")]
    [InlineData("one-shot-tables.json", 1 + (3 * 4 * 4 * 7), "model", "calibration", "wikitext2")]
    [InlineData("smollm2-tables.json", 1 + 56 + 4, "model", "calibration", "wikitext2", "ptb", "c4")]
    [InlineData("smollm2-best.json", 5, "model", "calibration", "wikitext2", "ptb", "c4", "tasks")]
    [InlineData("minilm-glue.json", 3 * (2 + (8 * 6)), "model", "glue")]
    [InlineData("neuronal-lambdas.json", 2 * 3, "model", "calibration", "text")]
    [InlineData("neuronal-steps.json", 3 * 3 * 8, "model", "calibration", "text")]
    [InlineData("allocation-settings.json", 3 * (3 + 24 + 7), "model", "calibration", "text")]
    [InlineData("calibration-data.json", 3 * 3 * (3 + 3), "model", "c4", "wikitext2", "ptb", "text")]
    [InlineData("top-up-runtime.json", 4 * 9, "model", "calibration", "text")]
    public void The_recipes_that_come_with_the_product_are_valid(string recipe, int runs, params string[] variables)
    {
        string[] args = [.. variables.SelectMany(name => (string[])["--set-variable", $"{name}=some/{name}"])];

        var run = CliRun.Of(["sweep", Repository.Path("recipes", recipe), .. args, "--dry-run", "--json"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(runs, run.Json.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public void Values_become_the_tokens_of_a_command_line()
    {
        File.WriteAllText(folder["recipe.json"], """
            {
              // Comments are welcome.
              "name": "tokens",
              "variables": { "s": 0.5, "none": null, "json": true },
              "cases": [{ "none": null, "json": false }],
              "steps": [{
                "verb": "generate",
                "options": { "prompt": "at ${s} of ${run}", "max-new-tokens": 3, "model": "some model", "top-k": "${none}", "top-p": "${json}" }
              }],
            }
            """);

        var run = CliRun.Of("sweep", folder["recipe.json"], "--dry-run", "--json", "--seed", "5");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(
            "sparsum generate \"some model\" --max-new-tokens 3 --prompt \"at 0.5 of ${run}\" --seed 5",
            run.Json.GetProperty("runs")[0].GetProperty("commandLines")[0].GetString());
    }
}
