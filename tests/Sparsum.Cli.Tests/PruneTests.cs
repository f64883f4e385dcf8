using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

public sealed class PruneTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string text;

    public PruneTests()
    {
        model = TinyModel.Write(folder["model"]);
        text = TinyModel.WriteText(folder["text.jsonl"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_document_says_what_was_asked_and_what_came_out()
    {
        var run = CliRun.Of("prune", model, "-o", folder["out"], "--method", "magnitude", "--sparsity", "0.25", "--seed", "7", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(
            ["version", "command", "model", "options", "seed", "started", "seconds", "peakBytes"],
            run.Json.EnumerateObject().Take(8).Select(field => field.Name));
        Assert.Equal(7, run.Json.GetProperty("seed").GetInt32());
        Assert.Equal(model, run.Json.GetProperty("model").GetString());
        Assert.True(run.Json.GetProperty("peakBytes").GetInt64() > 1_000_000);
        Assert.Equal(
            [
                "output", "method", "refine", "allocation", "include", "exclude", "ratios", "sparsity", "pattern", "rounding", "granularity", "blockRows", "unseenExperts", "quantize", "groupSize", "calibration", "calibrationRule", "samples",
                "sequenceLength", "shardSize", "dtype", "maxMemory", "journal", "set", "compatible", "verdict", "engine", "resume", "force", "threads", "float32Precision",
            ],
            run.Json.GetProperty("options").EnumerateObject().Select(field => field.Name));
        Assert.Equal(0.25, run.Json.GetProperty("sparsity").GetDouble());
        var block = run.Json.GetProperty("blocks")[1];
        Assert.Equal(1, block.GetProperty("index").GetInt32());
        Assert.Equal(7, block.GetProperty("layers").GetArrayLength());
        Assert.Equal(0.25, block.GetProperty("layers")[0].GetProperty("sparsity").GetDouble());
    }

    [Fact]
    public void The_run_folder_keeps_the_document_and_the_log()
    {
        var run = CliRun.Of("prune", model, "-o", folder["out"], "--method", "magnitude", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(run.Output.TrimEnd(), File.ReadAllText(Path.Combine(folder["out"], "run.json")).TrimEnd());
        var lines = File.ReadAllLines(Path.Combine(folder["out"], "log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal([0, 1], lines.Select(line => line.GetProperty("block").GetInt32()));
        Assert.All(lines, line => Assert.Equal("info", line.GetProperty("level").GetString()));
    }

    [Fact]
    public void The_result_is_as_sparse_as_inspect_finds_it()
    {
        Assert.Equal(0, CliRun.Of("prune", model, "-o", folder["out"], "--method", "magnitude", "--pattern", "2:4").ExitCode);

        var inspection = CliRun.Of("inspect", folder["out"], "--json");

        Assert.Equal(0.5, inspection.Json.GetProperty("sparsity").GetDouble());
        var layer = inspection.Json.GetProperty("blocks")[0].GetProperty("layers")[0];
        Assert.Equal(8, layer.GetProperty("rowDegrees").GetProperty("mean").GetDouble());
        Assert.Equal(0, layer.GetProperty("rowDegrees").GetProperty("standardDeviation").GetDouble());
    }

    [Fact]
    public void Wanda_draws_from_the_calibration_text_and_the_number_of_threads_changes_nothing()
    {
        string[] args = ["--method", "wanda", "--calibration", text, "--samples", "4", "--sequence-length", "16"];
        var one = CliRun.Of(["prune", model, "-o", folder["one"], .. args, "--threads", "1", "--json"]);
        var two = CliRun.Of(["prune", model, "-o", folder["two"], .. args, "--threads", "2", "--json"]);

        Assert.True(one.ExitCode == 0 && two.ExitCode == 0, one.ToString() + two);
        Assert.Equal("c4", one.Json.GetProperty("calibrationData").GetProperty("rule").GetString());
        Assert.Equal(64, one.Json.GetProperty("calibrationData").GetProperty("fileSha256").GetString()!.Length);
        Assert.Equal(Weights("one"), Weights("two"));
    }

    [Fact]
    public void An_output_is_replaced_only_by_force()
    {
        string[] args = ["prune", model, "-o", folder["out"], "--method", "magnitude"];
        Assert.Equal(0, CliRun.Of(args).ExitCode);
        byte[] before = Weights("out");

        var refused = CliRun.Of([.. args, "--sparsity", "0.9", "--json"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(before, Weights("out"));

        Assert.Equal(0, CliRun.Of([.. args, "--sparsity", "0.9", "--force"]).ExitCode);
        Assert.NotEqual(before, Weights("out"));
    }

    [Fact]
    public void Methods_are_listed_from_their_registries()
    {
        var run = CliRun.Of("prune", "--help-methods");

        Assert.Equal(0, run.ExitCode);
        Snapshot.Match("help-methods", run.Output);
        var methods = CliRun.Of("prune", "--help-methods", "--json").Json.GetProperty("methods");
        Assert.Equal(["magnitude", "wanda", "multiflow", "sparsegpt"], methods.EnumerateArray().Select(method => method.GetProperty("name").GetString()));
    }

    [Fact]
    public void A_cancelled_run_says_how_to_go_on()
    {
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        var run = CliRun.Of(cancellation.Token, "prune", model, "-o", folder["out"], "--method", "magnitude", "--json");

        Assert.Equal(130, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Equal("cancelled", error.GetProperty("code").GetString());
        Assert.Contains("--resume", error.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(folder[name], "model.safetensors"));

    [Fact]
    public void A_search_reports_what_it_chose()
    {
        var run = CliRun.Of(
            "prune", model, "-o", folder["out"], "--allocation", "neuronal", "--sparsity", "0.5", "--calibration", text, "--samples", "3", "--sequence-length", "8",
            "--set", "neuronal.samples=2", "--set", "neuronal.block-lambdas=0.1,0.2", "--set", "neuronal.row-lambdas=0,0.1", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        var report = run.Json.GetProperty("allocationReport");
        Assert.Contains(run.Json.GetProperty("lambdaBlock").GetDouble(), (double[])[0.1, 0.2]);
        Assert.Equal(report.GetProperty("lambdaRow").GetDouble(), run.Json.GetProperty("lambdaRow").GetDouble());
        Assert.Equal(2, report.GetProperty("blockCandidates").GetArrayLength());
        Assert.True(run.Json.GetProperty("allocationSeconds").GetDouble() > 0);
        string[] phases = ["embed", "allocate", "copy", "load", "observe", "prune", "propagate", "write"];
        Assert.Equal(phases.Order(), run.Json.GetProperty("phaseSeconds").EnumerateObject().Select(phase => phase.Name).Order());
        Assert.True(run.Json.GetProperty("plannedOperations").GetDouble() > 0);
        Assert.Contains("sparsity spread", File.ReadAllText(Path.Combine(folder["out"], "log.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_does_not_fit_in_memory_does_not_start()
    {
        var run = CliRun.Of("prune", model, "-o", folder["out"], "--method", "magnitude", "--max-memory", "0.05", "--json");

        Assert.Equal(2, run.ExitCode);
        var error = run.Json.GetProperty("error");
        Assert.Equal("too-little-memory", error.GetProperty("code").GetString());
        Assert.Equal("--max-memory", error.GetProperty("file").GetString());
        Assert.Equal("0.05 GB", error.GetProperty("found").GetString());
        Assert.False(Directory.Exists(folder["out"]));
        Assert.Equal(2, CliRun.Of("prune", model, "-o", folder["out"], "--method", "magnitude", "--max-memory", "0").ExitCode);
    }
}
