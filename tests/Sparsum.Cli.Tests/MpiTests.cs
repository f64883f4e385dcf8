using System.Text.Json;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary><c>--engine mpi</c> under a real mpirun against one process.</summary>
public sealed class MpiTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [ToolFact("mpirun")]
    public void Two_processes_prune_what_one_does()
    {
        string[] line = ["prune", TinyModel.Write(folder["model"], blocks: 3), "--calibration", WriteIds(), "--method", "sparsegpt", "--allocation", "owl", "--verdict", "none"];
        Assert.Equal(0, CliRun.Of([.. line, "-o", folder["alone"]]).ExitCode);

        var run = MpiRun.Of(2, [.. line, "-o", folder["out"], "--engine", "mpi", "--json", "--threads", "1"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("mpi", run.Json.GetProperty("options").GetProperty("engine").GetString());
        AssertSame(folder["alone"], folder["out"], 1e-5);
        Assert.False(Directory.Exists(folder["out.partial"]));
    }

    [ToolFact("mpirun")]
    public void Two_processes_pretrain_what_one_does()
    {
        File.WriteAllLines(folder["text.txt"], Enumerable.Range(0, 200).Select(i => $"Line {i} of {i % 13} tells of sparse models."));
        string[] line = ["pretrain", TinyModel.Write(folder["model"]), "--data", folder["text.txt"], "--sequence-length", "32", "--batch-size", "6", "--steps", "8"];
        Assert.Equal(0, CliRun.Of([.. line, "-o", folder["alone"]]).ExitCode);

        var run = MpiRun.Of(2, [.. line, "-o", folder["out"], "--engine", "mpi", "--threads", "1"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        AssertSame(folder["alone"], folder["out"], 1e-3);
    }

    [ToolFact("mpirun")]
    public void A_process_that_is_killed_ends_training_which_goes_on_in_one_process_or_two()
    {
        string[] line =
        [
            "train", TinyClassifier.Write(folder["model"], ["negative", "positive"]), "--task", "sst2", "--data", TinyClassifier.WriteSst2(folder["data"], train: 400),
            "--batch-size", "8", "--epochs", "4", "--method", "neuroprune", "--heads", "4", "--checkpoint-steps", "1", "--verdict", "none", "--threads", "1",
        ];
        Assert.Equal(0, CliRun.Of([.. line, "-o", folder["alone"]]).ExitCode);
        string partial = folder["out.partial"];

        var killed = MpiRun.Killed(2, rank: 1, Path.Combine(partial, "checkpoint.safetensors"), [.. line, "-o", folder["out"], "--engine", "mpi"]);

        Assert.True(killed.ExitCode != 0, killed.ToString());
        Assert.Contains("another one has ended", killed.Error, StringComparison.Ordinal);
        Assert.Contains("--resume", killed.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
        CopyFolder(partial, folder["other.partial"]);
        var together = MpiRun.Of(2, [.. line, "-o", folder["out"], "--engine", "mpi", "--resume"]);
        var alone = CliRun.Of([.. line, "-o", folder["other"], "--resume"]);
        Assert.True(together.ExitCode == 0, together.ToString());
        Assert.True(alone.ExitCode == 0, alone.ToString());
        AssertSame(folder["alone"], folder["out"], 1e-3);
        AssertSame(folder["alone"], folder["other"], 1e-3);
        Assert.Equal(4, JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["out"], "run.json"))).RootElement.GetProperty("epochs").GetArrayLength());
    }

    [ToolFact("mpirun")]
    public void A_process_that_is_killed_ends_pruning_which_goes_on_behind_its_last_block()
    {
        string[] line = ["prune", TinyModel.Write(folder["model"], blocks: 24, hiddenSize: 64), "--calibration", WriteIds(), "--method", "sparsegpt", "--verdict", "none", "--threads", "1"];
        Assert.Equal(0, CliRun.Of([.. line, "-o", folder["alone"]]).ExitCode);

        var killed = MpiRun.Killed(2, rank: 0, Path.Combine(folder["out.partial"], "journal.json"), [.. line, "-o", folder["out"], "--engine", "mpi"]);

        Assert.True(killed.ExitCode != 0, killed.ToString());
        Assert.Contains("--resume", killed.Error, StringComparison.Ordinal);
        var resumed = MpiRun.Of(2, [.. line, "-o", folder["out"], "--engine", "mpi", "--resume"]);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        AssertSame(folder["alone"], folder["out"], 1e-4);
    }

    [ToolFact("mpirun")]
    public void Processes_that_would_each_do_the_whole_run_are_refused()
    {
        var run = MpiRun.Of(2, "prune", TinyModel.Write(folder["model"]), "-o", folder["out"], "--method", "magnitude");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("mpirun started this command 2 times", run.Error, StringComparison.Ordinal);
        Assert.Contains("--engine mpi", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [ToolFact("mpirun")]
    public void Different_command_lines_are_refused_by_all()
    {
        string[] line = ["prune", TinyModel.Write(folder["model"]), "-o", folder["out"], "--method", "magnitude", "--engine", "mpi"];

        var run = MpiRun.OfEach([.. line, "--sparsity", "0.5"], [.. line, "--sparsity", "0.6"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("process 1 of 2 has another command line than process 0", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [ToolFact("mpirun")]
    public void What_is_wrong_for_all_is_told_once()
    {
        var run = MpiRun.Of(2, "prune", TinyModel.Write(folder["model"]), "-o", folder["out"], "--calibration", folder["none.txt"], "--engine", "mpi", "--threads", "1");

        Assert.Equal(2, run.ExitCode);
        Assert.Single(run.Error.Split("error: ")[1..]);
    }

    [Fact]
    public void A_process_that_mpirun_did_not_start_shares_nothing()
    {
        var run = CliRun.Of("prune", TinyModel.Write(folder["model"]), "-o", folder["out"], "--method", "magnitude", "--engine", "mpi", "--json");

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("mpi-not-started", run.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("mpirun", run.Json.GetProperty("error").GetProperty("hint").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Sequences of several lengths: each is a batch, and batches are what is shared.</summary>
    private string WriteIds()
    {
        int[][] ids = [.. Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, 64).Select(place => place < 20 + (i % 6 * 8) ? 1 + (((i * 31) + (place * 11)) % 200) : 0).ToArray())];
        int[][] mask = [.. Enumerable.Range(0, 12).Select(i => Enumerable.Range(0, 64).Select(place => place < 20 + (i % 6 * 8) ? 1 : 0).ToArray())];
        File.WriteAllText(folder["ids.json"], JsonSerializer.Serialize(new { input_ids = ids, attention_mask = mask }));
        return folder["ids.json"];
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        Directory.CreateDirectory(Path.Combine(to, "output"));
    }

    /// <summary>The same zeros, and values up to what the order of sums changes.</summary>
    private static void AssertSame(string expected, string actual, double tolerance)
    {
        using var one = PretrainedModel.Open(expected);
        using var other = PretrainedModel.Open(actual);
        one.LoadAll();
        other.LoadAll();
        foreach (var (first, second) in one.Model.Parameters.Zip(other.Model.Parameters))
        {
            Assert.Equal(first.Value.ToArray().Count(value => value == 0), second.Value.ToArray().Count(value => value == 0));
            Numbers.AssertClose(first.Value.Span, second.Value.Span, tolerance, first.Name);
        }
    }
}
