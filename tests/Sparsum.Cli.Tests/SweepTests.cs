using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Sweeps;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class SweepTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string text;

    public SweepTests()
    {
        model = TinyModel.Write(folder["models/tiny"]);
        text = TinyModel.WriteText(folder["text.jsonl"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_grid_runs_every_combination_and_its_table_has_the_figures_of_single_runs()
    {
        var run = Sweep(Grid());

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal((4, 0, 0), Counts(run));
        var lines = Results();
        Assert.Equal(
            [("magnitude", 0.3), ("magnitude", 0.6), ("wanda", 0.3), ("wanda", 0.6)],
            lines.Select(line => ((string)line["variables"]!["method"]!, (double)line["variables"]!["sparsity"]!)));
        string[] table = TableLines();
        Assert.Equal("| method | 0.3 | 0.6 |", table[0]);
        Assert.Equal("| --- | ---: | ---: |", table[1]);
        Assert.Equal($"| wanda | {Perplexity("wanda", "0.3")} | {Perplexity("wanda", "0.6")} |", table[3]);
        Assert.Empty(Directory.GetDirectories(folder["out"], "model", SearchOption.AllDirectories));
    }

    [Fact]
    public void Bins_take_the_best_of_the_runs_that_reached_them()
    {
        // 0.3 and 0.32 are near 0.31, of which the one with the larger "best" stands for the bin; 0.6 is near nothing.
        var recipe = Grid();
        recipe["variables"]!["sparsity"] = new JsonArray(0.3, 0.32, 0.6);
        var table = recipe["tables"]![0]!.AsObject();
        table.Remove("columns");
        table["bins"] = JsonNode.Parse("""
            {
              "reached": { "step": "prune", "path": "sparsity" }, "at": [0.31, 0.9], "tolerance": 0.05,
              "best": { "step": "prune", "path": "sparsity" }, "search": ["sparsity"]
            }
            """);

        var run = Sweep(recipe);

        Assert.True(run.ExitCode == 0, run.ToString());
        string[] lines = TableLines();
        Assert.Equal("| method | 0.31 | 0.9 |", lines[0]);
        Assert.Equal($"| wanda | {Perplexity("wanda", "0.32")} |  |", lines[3]);
        table["columns"] = new JsonArray("sparsity");
        Assert.Equal("invalid-recipe", Sweep(recipe).Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public void Figures_that_no_run_has_are_told_with_the_name_that_was_probably_meant()
    {
        var recipe = Grid();
        recipe["tables"]![0]!["values"] = JsonNode.Parse("""[{ "step": "evaluate", "path": "perplexitty" }, { "step": "prune", "path": "layers.0.nothing" }, { "step": "prune", "path": "sparsity" }]""");

        var run = Sweep(recipe);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(
            [
                "warning: no finished run has a number at 'perplexitty' of the step 'evaluate', so table 'Perplexity' has empty cells; did you mean 'perplexity'?",
                "warning: no finished run has a number at 'layers.0.nothing' of the step 'prune', so table 'Perplexity' has empty cells",
            ],
            run.Error.Split('\n').Where(line => line.StartsWith("warning: no finished run", StringComparison.Ordinal)).Select(line => line.TrimEnd()));
    }

    [Fact]
    public void A_finished_run_is_skipped_and_a_longer_recipe_adds_what_is_new()
    {
        Assert.Equal(0, Sweep(Grid()).ExitCode);
        string tables = File.ReadAllText(Path.Combine(folder["out"], "tables.md"));
        string results = File.ReadAllText(Path.Combine(folder["out"], "results.jsonl"));

        var again = Sweep(Grid());
        Assert.Equal((0, 4, 0), Counts(again));
        Assert.Equal(tables, File.ReadAllText(Path.Combine(folder["out"], "tables.md")));
        Assert.Equal(results, File.ReadAllText(Path.Combine(folder["out"], "results.jsonl")));

        var longer = Sweep(Grid(), "--set-variable", "sparsity=[0.6,0.8]");
        Assert.Equal((2, 2, 0), Counts(longer));

        Assert.Equal((4, 0, 0), Counts(Sweep(Grid(), "--force")));
    }

    [Fact]
    public void A_sweep_goes_on_from_the_results_that_another_left()
    {
        Assert.Equal(0, Sweep(Grid()).ExitCode);
        string kept = folder["kept.jsonl"];
        string[] lines = File.ReadAllLines(Path.Combine(folder["out"], "results.jsonl"));
        File.WriteAllLines(kept, lines[..3]);
        string tables = File.ReadAllText(Path.Combine(folder["out"], "tables.md"));
        Directory.Delete(folder["out"], recursive: true);

        var listed = Sweep(Grid(), "--records", kept, "--dry-run");
        Assert.Equal(["done", "done", "done", "pending"], listed.Json.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("state").GetString()!));
        Assert.False(Directory.Exists(folder["out"]));

        Assert.Equal((0, 3, 0), Counts(Sweep(Grid(), "--records", kept, "--tables-only")));
        Assert.EndsWith(" |  |", TableLines()[3], StringComparison.Ordinal);
        Assert.Equal("conflicting-options", ErrorOf(Sweep(Grid(), "--tables-only", "--force")));

        Assert.Equal((1, 3, 0), Counts(Sweep(Grid(), "--records", kept)));
        Assert.Equal(tables, File.ReadAllText(Path.Combine(folder["out"], "tables.md")));
        Assert.Equal(lines[..3], File.ReadAllLines(Path.Combine(folder["out"], "results.jsonl"))[..3]);
    }

    [Theory]
    [InlineData("{ \"key\": 1 }", "damaged-record")]
    [InlineData("{ \"key\": \"KEY\", \"state\": \"done\", \"steps\": { \"prune\": {} } }", "damaged-record")]
    [InlineData("no JSON", "damaged-record")]
    public void Damaged_results_of_another_sweep_are_refused(string line, string code)
    {
        string key = Sweep(Grid(), "--dry-run").Json.GetProperty("runs")[0].GetProperty("id").GetString()!.Split('-')[^1];
        File.WriteAllText(folder["kept.jsonl"], "\n" + line.Replace("KEY", key, StringComparison.Ordinal));

        Assert.Equal(code, ErrorOf(Sweep(Grid(), "--records", folder["kept.jsonl"])));
    }

    [Fact]
    public void An_interrupted_run_goes_on_at_its_first_unfinished_step()
    {
        Assert.Equal(0, Sweep(Grid()).ExitCode);
        string results = WithoutTimes();
        string first = Directory.GetDirectories(Path.Combine(folder["out"], "runs")).Order(StringComparer.Ordinal).First();
        string pruned = File.ReadAllText(Path.Combine(first, "steps", "prune.json"));
        File.Delete(Path.Combine(first, "steps", "evaluate.json"));
        Assert.Equal(0, CliRun.Of("prune", model, "-o", Path.Combine(first, "model"), "--method", "magnitude", "--sparsity", "0.3").ExitCode);
        Edit(Path.Combine(first, "run.json"), record => (record["state"], record["step"]) = ("running", "evaluate"));

        var resumed = Sweep(Grid());

        Assert.Equal((1, 3, 0), Counts(resumed));
        Assert.Equal(pruned, File.ReadAllText(Path.Combine(first, "steps", "prune.json")));
        Assert.Equal(results, WithoutTimes());
        Assert.False(Directory.Exists(Path.Combine(first, "model")));
    }

    [Fact]
    public void A_step_that_was_killed_is_resumed_where_the_verb_can()
    {
        Assert.Equal(0, Sweep(Grid()).ExitCode);
        string first = Directory.GetDirectories(Path.Combine(folder["out"], "runs")).Order(StringComparer.Ordinal).First();
        Directory.Delete(Path.Combine(first, "steps"), recursive: true);
        Assert.Equal(0, CliRun.Of("prune", model, "-o", Path.Combine(first, "model"), "--method", "magnitude", "--sparsity", "0.3").ExitCode);
        Edit(Path.Combine(first, "run.json"), record => (record["state"], record["step"]) = ("running", "prune"));

        Assert.Equal((1, 3, 0), Counts(Sweep(Grid())));
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(first, "steps", "prune.json")))!;
        Assert.True((bool)document["options"]!["resume"]!);
        Assert.Equal(2, (int)document["resumedBlocks"]!);
    }

    [Fact]
    public void A_failed_run_is_recorded_stops_no_other_and_is_tried_again()
    {
        string missing = folder["late.jsonl"];
        var recipe = Grid();
        recipe["variables"]!["method"] = "magnitude";
        recipe["variables"]!["data"] = new JsonArray(missing, text);
        recipe["steps"]![2]!["options"]!["perplexity"] = "${data}";
        recipe["tables"]![0]!["rows"] = new JsonArray("data");

        var run = Sweep(recipe);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal((2, 0, 2), Counts(run));
        var failed = run.Json.GetProperty("runs")[0];
        Assert.Equal("failed", failed.GetProperty("state").GetString());
        Assert.Equal("evaluate", failed.GetProperty("step").GetString());
        Assert.Equal("missing-file", failed.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("| late.jsonl | failed | failed |", TableLines()[2]);
        Assert.DoesNotContain("failed", TableLines()[3], StringComparison.Ordinal);

        File.Copy(text, missing);
        Assert.Equal((2, 2, 0), Counts(Sweep(recipe)));
        Assert.DoesNotContain("failed", File.ReadAllText(Path.Combine(folder["out"], "tables.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_side_by_side_give_what_runs_one_after_the_other_give()
    {
        Assert.Equal(0, Sweep(Grid()).ExitCode);
        string tables = File.ReadAllText(Path.Combine(folder["out"], "tables.md"));

        Assert.Equal((4, 0, 0), Counts(Sweep(Grid(), "--force", "--parallel", "3")));

        Assert.Equal(tables, File.ReadAllText(Path.Combine(folder["out"], "tables.md")));
    }

    [Fact]
    public void Cases_replace_variables_steps_choose_their_runs_and_cells_average_over_seeds()
    {
        var recipe = JsonNode.Parse("""
            {
              "name": "cases",
              "variables": { "model": null, "sparsity": [0.3, 0.6], "seed": [0, 1, 2] },
              "cases": [{ "method": "dense", "sparsity": 0, "seed": 0 }, { "method": "wanda" }],
              "exclude": { "method": "wanda", "sparsity": 0.3 },
              "steps": [
                {
                  "verb": "prune", "exclude": { "method": "dense" }, "keep": false,
                  "options": {
                    "model": "${model}", "output": "${run}/model", "method": "${method}", "sparsity": "${sparsity}", "seed": "${seed}",
                    "calibration": "TEXT", "samples": 2, "sequence-length": 16
                  }
                },
                { "name": "quality", "verb": "evaluate", "when": { "method": "dense" }, "options": { "model": "${model}", "perplexity": "TEXT" } },
                { "name": "quality", "verb": "evaluate", "exclude": { "method": "dense" }, "options": { "model": "${run}/model", "perplexity": "TEXT" } }
              ],
              "tables": [{
                "title": "All", "per": ["model"], "rows": ["method", "sparsity"], "over": ["seed"],
                "values": [
                  { "title": "perplexity", "step": "quality", "path": "perplexity", "digits": 6 },
                  { "title": "zeros of block 1 in %", "step": "prune", "path": "blocks.1.sparsity", "scale": 100, "digits": 1 }
                ]
              }]
            }
            """.Replace("TEXT", text.Replace('\\', '/'), StringComparison.Ordinal))!.AsObject();

        var run = Sweep(recipe, "--set-variable", $"model={model.Replace('\\', '/')}");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal((4, 0, 0), Counts(run));
        double[] perplexities = [.. Results().Skip(1).Select(line => (double)line["steps"]!["quality"]!["perplexity"]!)];
        double mean = perplexities.Average();
        double deviation = Math.Sqrt(perplexities.Sum(value => Math.Pow(value - mean, 2)) / 2);
        Assert.True(deviation > 0);
        double zeros = 100 * (double)Results()[1]["steps"]!["prune"]!["blocks"]![1]!["sparsity"]!;
        string[] table = TableLines();
        Assert.Equal("| method | sparsity | perplexity | zeros of block 1 in % |", table[0]);
        Assert.EndsWith(" |  |", table[2], StringComparison.Ordinal);
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"| wanda | 0.6 | {mean:F6} ± {deviation:F6} | {zeros:F1} ± 0.0 |"), table[3]);
        Assert.Contains("### model tiny", File.ReadAllText(Path.Combine(folder["out"], "tables.md")), StringComparison.Ordinal);
    }

    /// <summary>Cells with mean and deviation (none for a single run), and which of them is marked.</summary>
    [Theory]
    [InlineData("lowest", "10/1 12.5/1 30/1", 0)]
    [InlineData("lowest", "12.5/1 10/1 30/1", 1)]
    [InlineData("highest", "10/1 12.5/1 30/1", 2)]
    [InlineData("lowest", "10/1 11.9/1 30/1", -1)]
    [InlineData("lowest", "10/1 10/1 30/1", -1)]
    [InlineData("lowest", "10/1 12.5 30/1", -1)]
    [InlineData("lowest", "10/1", -1)]
    [InlineData(null, "10/1 30/1", -1)]
    public void The_best_of_a_row_is_bold_where_it_is_beyond_the_spread(string? best, string means, int bold)
    {
        var cells = means.Split(' ')
            .Select(text => text.Split('/').Select(part => double.Parse(part, CultureInfo.InvariantCulture)).ToArray())
            .Select(parts => new TableCell("x", parts[0], parts.Length > 1 ? parts[1] : null))
            .Append(new TableCell("failed"))
            .ToList();

        var marked = TableCell.MarkBest(best, cells);

        Assert.Equal([.. Enumerable.Range(0, cells.Count - 1).Select(i => i == bold ? "**x**" : "x"), "failed"], marked);
    }

    [Fact]
    public void A_table_says_what_its_bold_cells_are_and_needs_columns_for_them()
    {
        var recipe = Grid();
        var table = recipe["tables"]![0]!.AsObject();
        table["best"] = "lowest";
        Assert.Equal(0, Sweep(recipe).ExitCode);
        Assert.Contains("Bold: the lowest of its row", File.ReadAllText(Path.Combine(folder["out"], "tables.md")), StringComparison.Ordinal);

        table["best"] = "nicest";
        Assert.Equal("invalid-recipe", ErrorOf(Sweep(recipe)));
        table["best"] = "lowest";
        table["rows"] = new JsonArray("method", "sparsity");
        table.Remove("columns");
        Assert.Equal("invalid-recipe", ErrorOf(Sweep(recipe)));
    }

    [Fact]
    public void A_dry_run_lists_the_command_lines_and_writes_nothing()
    {
        var run = Sweep(Grid(), "--dry-run");

        Assert.Equal(0, run.ExitCode);
        Assert.False(Directory.Exists(folder["out"]));
        var first = run.Json.GetProperty("runs")[0];
        Assert.Equal("pending", first.GetProperty("state").GetString());
        Assert.Contains("sparsum prune", first.GetProperty("commandLines")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("-o ${run}/model", first.GetProperty("commandLines")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_sweep_says_how_to_go_on_and_goes_on()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        var run = CliRun.Of(cancellation.Token, "sweep", WriteRecipe(Grid()), "-o", folder["out"], "--json");

        Assert.Equal(130, run.ExitCode);
        Assert.Contains("same command", run.Json.GetProperty("error").GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Equal((4, 0, 0), Counts(Sweep(Grid())));
    }

    [Fact]
    public void A_folder_that_holds_something_else_is_refused()
    {
        Directory.CreateDirectory(folder["out"]);
        File.WriteAllText(Path.Combine(folder["out"], "thesis.tex"), "");
        Assert.Equal("output-exists", ErrorOf(Sweep(Grid())));
        Assert.Equal("output-not-ours", ErrorOf(Sweep(Grid(), "--force")));
        Assert.True(File.Exists(Path.Combine(folder["out"], "thesis.tex")));

        Directory.Delete(folder["out"], recursive: true);
        Assert.Equal(0, Sweep(Grid()).ExitCode);
        var other = Grid();
        other["name"] = "another";
        Assert.Equal("other-sweep", ErrorOf(Sweep(other)));
        Assert.Equal(0, Sweep(other, "--force").ExitCode);
    }

    private JsonObject Grid()
    {
        string data = text.Replace('\\', '/');
        return JsonNode.Parse($$"""
            {
              "name": "grid",
              "variables": { "method": ["magnitude", "wanda"], "sparsity": [0.3, 0.6] },
              "steps": [
                {
                  "verb": "prune", "keep": false, "exclude": { "method": "magnitude" },
                  "options": {
                    "model": "{{model.Replace('\\', '/')}}", "output": "${run}/model", "method": "${method}", "sparsity": "${sparsity}",
                    "calibration": "{{data}}", "samples": 4, "sequence-length": 16
                  }
                },
                {
                  "verb": "prune", "keep": false, "when": { "method": "magnitude" },
                  "options": {
                    "model": "{{model.Replace('\\', '/')}}", "output": "${run}/model", "method": "${method}", "sparsity": "${sparsity}"
                  }
                },
                { "verb": "evaluate", "options": { "model": "${run}/model", "perplexity": "{{data}}", "window": 32 } }
              ],
              "tables": [
                {
                  "title": "Perplexity", "rows": ["method"], "columns": ["sparsity"],
                  "values": [{ "step": "evaluate", "path": "perplexity", "digits": 4 }]
                }
              ]
            }
            """)!.AsObject();
    }

    private string WriteRecipe(JsonObject recipe)
    {
        File.WriteAllText(folder["recipe.json"], recipe.ToJsonString());
        return folder["recipe.json"];
    }

    private CliRun Sweep(JsonObject recipe, params string[] args) =>
        CliRun.Of(["sweep", WriteRecipe(recipe), "-o", folder["out"], .. args, "--threads", "1", "--json"]);

    private string Perplexity(string method, string sparsity)
    {
        string[] data = method == "magnitude" ? [] : ["--calibration", text, "--samples", "4", "--sequence-length", "16"];
        string[] line = ["--method", method, "--sparsity", sparsity, .. data];
        Assert.Equal(0, CliRun.Of(["prune", model, "-o", folder["single"], .. line, "--force"]).ExitCode);
        var run = CliRun.Of("evaluate", folder["single"], "--perplexity", text, "--window", "32", "--json");
        return run.Json.GetProperty("perplexity").GetDouble().ToString("F4", CultureInfo.InvariantCulture);
    }

    private static (int Done, int Skipped, int Failed) Counts(CliRun run)
    {
        Assert.True(run.Json.TryGetProperty("done", out var done), run.ToString());
        return (done.GetInt32(), run.Json.GetProperty("skipped").GetInt32(), run.Json.GetProperty("failed").GetInt32());
    }

    private static string? ErrorOf(CliRun run)
    {
        Assert.True(run.ExitCode == 2, run.ToString());
        return run.Json.GetProperty("error").GetProperty("code").GetString();
    }

    private List<JsonNode> Results() => [.. File.ReadLines(Path.Combine(folder["out"], "results.jsonl")).Select(line => JsonNode.Parse(line)!)];

    private string[] TableLines() =>
        [.. File.ReadLines(Path.Combine(folder["out"], "tables.md")).Where(line => line.StartsWith('|'))];

    /// <summary>The results without what no two runs share.</summary>
    private string WithoutTimes()
    {
        var results = Results();
        foreach (var run in results)
        {
            run["seconds"] = 0;
            foreach (var step in run["steps"]!.AsObject())
            {
                (step.Value!["seconds"], step.Value["started"], step.Value["peakBytes"]) = (0, "", 0);
            }
        }

        return JsonSerializer.Serialize(results);
    }

    private static void Edit(string path, Action<JsonObject> edit)
    {
        var document = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        edit(document);
        File.WriteAllText(path, document.ToJsonString());
    }
}
