using System.Diagnostics;
using System.Text.Json.Nodes;
using Sparsum.Cli.Sweeps.Slurm;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Sweeps on a real Slurm.</summary>
public sealed class SlurmTests : IClassFixture<SlurmNode>, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SlurmFact]
    public void A_job_array_gives_what_this_process_gives()
    {
        var recipe = Recipe(blocks: 2, sparsities: [0.3, 0.6]);
        recipe["variables"]!["data"] = new JsonArray("text.jsonl", "missing.jsonl");
        recipe["steps"]![1]!["options"]!["perplexity"] = folder["${data}"];
        recipe["tables"]![0]!["rows"] = new JsonArray("sparsity", "data");

        // A user's taste in queues is not to matter.
        Environment.SetEnvironmentVariable("SQUEUE_FORMAT", "%u");
        var local = Sweep(recipe, "out");
        var (results, tables, sheet) = (Results("out"), File.ReadAllText(folder["out/tables.md"]), Sheet("out"));
        Directory.Delete(folder["out"], recursive: true);
        var slurm = OnSlurm(recipe, "out", "--slurm", "time=10", "--slurm", "comment=a b");

        Assert.True(local.ExitCode == 1, local.ToString());
        Assert.True(slurm.ExitCode == 1, slurm.ToString());
        Assert.Equal((2, 0, 2), Counts(slurm));
        Assert.Equal(results, Results("out"));
        Assert.Equal(tables, File.ReadAllText(folder["out/tables.md"]));
        Assert.Equal(sheet, Sheet("out"));
        Assert.Equal("missing-file", (string?)RunOf(slurm, 1)["error"]!["code"]);
        Assert.Empty(Directory.GetFiles(folder["out/slurm"], "sparsum-*"));
        Assert.Equal(4, Directory.GetFiles(folder["out/slurm"], "*.log").Length);
        Assert.Empty(Directory.GetDirectories(folder["out"], "model", SearchOption.AllDirectories));

        File.Copy(folder["text.jsonl"], folder["missing.jsonl"]);
        Assert.Equal((2, 2, 0), Counts(OnSlurm(recipe, "out")));
    }

    [SlurmFact]
    public void A_member_that_dies_is_told_by_name_the_others_go_on_and_the_same_command_runs_what_is_missing()
    {
        var recipe = Recipe(blocks: 60, sparsities: [0.3, 0.5, 0.6]);

        // One at a time: the first is killed at work, the last is cancelled while it waits.
        var run = Bounded.RunUntil(
            () => OnSlurm(recipe, "out", "--parallel", "1"),
            IsUnderWay,
            () =>
            {
                SlurmNode.Run("scancel", $"{Submissions("out").Single().Job}_2");
                string owner = File.ReadAllText(Path.Combine(RunFolder("out", "0.3"), "owner.txt"));
                SlurmNode.Run("kill", "-9", owner.Split(' ')[1]);
            });

        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Equal((1, 0, 2), Counts(run));

        // Slurm forgets a member at once that was cancelled before it was anything but a number.
        foreach (var (index, sparsity, end) in new[] { (0, "0.3", "ended as FAILED"), (2, "0.6", "is no longer in the queue|ended as CANCELLED") })
        {
            var failed = RunOf(run, index);
            Assert.Equal(("failed", "prune", "job-died"), ((string?)failed["state"], (string?)failed["step"], (string?)failed["error"]!["code"]));
            Assert.Matches(end, (string)failed["error"]!["message"]!);
            Assert.Contains($"run {sparsity}-", run.Error, StringComparison.Ordinal);
            Assert.EndsWith($"_{index}.log", (string?)failed["error"]!["file"], StringComparison.Ordinal);
        }

        Assert.True(File.Exists((string?)RunOf(run, 0)["error"]!["file"]));
        Assert.Equal(3, File.ReadAllLines(folder["out/results.jsonl"]).Length);
        Assert.Contains("failed", File.ReadAllText(folder["out/tables.md"]), StringComparison.Ordinal);

        var again = OnSlurm(recipe, "out");

        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Equal((2, 1, 0), Counts(again));
        var resumed = JsonNode.Parse(File.ReadAllText(Path.Combine(RunFolder("out", "0.3"), "steps", "prune.json")))!;
        Assert.InRange((int)resumed["resumedBlocks"]!, 1, 60);
        string tables = File.ReadAllText(folder["out/tables.md"]);
        Assert.Equal(0, Sweep(recipe, "local").ExitCode);
        Assert.Equal(File.ReadAllText(folder["local/tables.md"]), tables);
    }

    [SlurmFact]
    public void An_interrupted_command_finds_its_jobs_again_and_hands_in_nothing_twice()
    {
        var recipe = Recipe(blocks: 60, sparsities: [0.3, 0.6]);
        using var cancellation = new CancellationTokenSource();
        var interrupted = Bounded.RunUntil(
            () => OnSlurm(recipe, "out", cancellation.Token, "--parallel", "1"), IsUnderWay, cancellation.Cancel);

        Assert.True(interrupted.ExitCode == 130, interrupted.ToString());
        Assert.Contains("same command", interrupted.Json.GetProperty("error").GetProperty("hint").GetString(), StringComparison.Ordinal);
        var submission = Submissions("out").Single();
        Assert.Equal("jobs-submitted", ErrorOf(Sweep(recipe, "out")));
        Assert.Equal("jobs-submitted", ErrorOf(OnSlurm(recipe, "out", "--force")));
        Assert.Equal(0, Sweep(recipe, "out", "--tables-only").ExitCode);

        // As if it had been killed before it heard the number of its job.
        (submission with { Job = null }).Write(folder["out/slurm"]);
        recipe["variables"]!["sparsity"]!.AsArray().Add(0.7);
        var again = OnSlurm(recipe, "out");

        Assert.True(again.ExitCode == 0, again.ToString());
        var (done, skipped, failed) = Counts(again);
        Assert.Equal((3, 0), (done + skipped, failed));
        Assert.Equal(
            [$"{submission.Job}_0.log", $"{submission.Job}_1.log", $"{int.Parse(submission.Job!, null) + 2}_0.log"],
            Directory.GetFiles(folder["out/slurm"]).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
        Assert.Equal(0, Sweep(recipe, "out", "--force").ExitCode);
    }

    [SlurmFact]
    public void What_Slurm_refuses_is_told_and_handed_in_when_it_is_mended()
    {
        var recipe = Recipe(blocks: 2, sparsities: [0.3]);

        var refused = OnSlurm(recipe, "out", "--slurm", "partition=nowhere");

        Assert.True(refused.ExitCode == 1, refused.ToString());
        var error = refused.Json.GetProperty("error");
        Assert.Equal("job-refused", error.GetProperty("code").GetString());
        Assert.Contains("partition", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((1, 0, 0), Counts(OnSlurm(recipe, "out", "--slurm", "partition=main", "--threads", "2")));
    }

    [Fact]
    public void A_member_that_is_none_is_refused()
    {
        folder.Write("record.json", """{ "name": "x", "job": "1", "runs": "runs", "members": [] }""");
        Assert.Equal("invalid-option", ErrorOf(CliRun.Of("sweep-member", folder["record.json"], "0", "--json")));
        Assert.Equal("damaged-record", ErrorOf(CliRun.Of("sweep-member", WriteRecipe(Recipe(blocks: 2, sparsities: [0.3])), "0", "--json")));
    }

    [Theory]
    [InlineData("array=1-3")]
    [InlineData("out=x")]
    [InlineData("--time=1")]
    [InlineData("-p main")]
    [InlineData("")]
    public void Options_that_are_the_sweeps_own_or_none_are_refused(string option)
    {
        var run = CliRun.Of("sweep", WriteRecipe(Recipe(blocks: 2, sparsities: [0.3])), "-o", folder["out"], "--engine", "slurm", "--slurm", option, "--json");

        Assert.Equal("invalid-option", ErrorOf(run));
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void A_machine_without_Slurm_is_told_so()
    {
        string recipe = WriteRecipe(Recipe(blocks: 2, sparsities: [0.3]));
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, ["exec", typeof(SparsumCommand).Assembly.Location, "sweep", recipe, "-o", folder["out"], "--engine", "slurm", "--json"])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] = folder.Root;
        using var process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        Bounded.Await(process);

        Assert.Equal(2, process.ExitCode);
        Assert.Equal("missing-program", (string?)JsonNode.Parse(output)!["error"]!["code"]);
        Assert.Equal("--engine", (string?)JsonNode.Parse(output)!["error"]!["file"]);
        Assert.False(Directory.Exists(folder["out"]));
    }

    private JsonObject Recipe(int blocks, double[] sparsities)
    {
        string model = TinyModel.Write(folder["model"], blocks, hiddenSize: blocks > 2 ? 64 : 16);
        string text = TinyModel.WriteText(folder["text.jsonl"]);
        int samples = blocks > 2 ? 128 : 4;
        return JsonNode.Parse($$"""
            {
              "name": "a grid, of two",
              "variables": { "sparsity": [{{string.Join(", ", sparsities.Select(value => FormattableString.Invariant($"{value}")))}}] },
              "steps": [
                {
                  "verb": "prune", "keep": false,
                  "options": {
                    "model": "{{model}}", "output": "${run}/model", "method": "wanda", "sparsity": "${sparsity}",
                    "calibration": "{{text}}", "samples": {{samples}}, "sequence-length": 32
                  }
                },
                { "verb": "evaluate", "options": { "model": "${run}/model", "perplexity": "{{text}}", "window": 32 } }
              ],
              "tables": [
                { "title": "Perplexity", "rows": ["sparsity"], "values": [{ "step": "evaluate", "path": "perplexity", "digits": 6 }] }
              ]
            }
            """)!.AsObject();
    }

    private string WriteRecipe(JsonObject recipe)
    {
        File.WriteAllText(folder["recipe.json"], recipe.ToJsonString());
        return folder["recipe.json"];
    }

    private CliRun Sweep(JsonObject recipe, string output, params string[] args) => Sweep(recipe, output, CancellationToken.None, args);

    private CliRun OnSlurm(JsonObject recipe, string output, params string[] args) => OnSlurm(recipe, output, CancellationToken.None, args);

    private CliRun OnSlurm(JsonObject recipe, string output, CancellationToken cancellationToken, params string[] args) =>
        Sweep(recipe, output, cancellationToken, ["--engine", "slurm", .. args]);

    private CliRun Sweep(JsonObject recipe, string output, CancellationToken cancellationToken, string[] args) =>
        CliRun.Of(cancellationToken, ["sweep", WriteRecipe(recipe), "-o", folder[output], .. args, "--json"]);

    private static JsonNode RunOf(CliRun run, int index) => JsonNode.Parse(run.Output)!["runs"]![index]!;

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

    private IReadOnlyList<SlurmSubmission> Submissions(string output) => SlurmSubmission.ReadAll(Path.Combine(folder[output], "slurm"));

    private string RunFolder(string output, string sparsity) => Directory.GetDirectories(Path.Combine(folder[output], "runs"), $"{sparsity}-*").Single();

    /// <summary>Whether the run that prunes to 0.3 has come so far that it can be gone on with.</summary>
    private bool IsUnderWay() => Directory.Exists(folder["out/runs"])
        && Directory.GetDirectories(folder["out/runs"], "0.3-*").Any(run => File.Exists(Path.Combine(run, "model.partial", "journal.json")));

    /// <summary>The results without what no two runs share.</summary>
    private string Results(string output)
    {
        return string.Join('\n', File.ReadLines(Path.Combine(folder[output], "results.jsonl")).Select(line => Strip(JsonNode.Parse(line)!).ToJsonString()));

        static JsonNode Strip(JsonNode node)
        {
            foreach (string name in (string[])["seconds", "phaseSeconds", "started", "peakBytes"])
            {
                (node as JsonObject)?.Remove(name);
            }

            foreach (var child in node switch { JsonObject members => members.Select(member => member.Value), JsonArray list => list, _ => [] })
            {
                _ = child is null ? null : Strip(child);
            }

            return node;
        }
    }

    /// <summary>The sheet without its third column, the seconds.</summary>
    private string Sheet(string output) => string.Join('\n', File.ReadLines(Path.Combine(folder[output], "results.csv"))
        .Select(line => string.Join(',', line.Split(',').Where((_, column) => column != 2))));
}
