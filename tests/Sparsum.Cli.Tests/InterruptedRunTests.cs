using System.Diagnostics;
using System.Runtime.InteropServices;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Real processes that are stopped in the middle of a run.</summary>
public sealed partial class InterruptedRunTests : IDisposable
{
    // SIGTERM goes the way of Ctrl+C's SIGINT; but the latter is ignored by whatever a shell script started in the background.
    private const int Terminate = 15;

    private static readonly string[] Records = ["run.json", "log.jsonl"];

    private readonly TemporaryFolder folder = new();
    private readonly string model;
    private readonly string[] options;

    public InterruptedRunTests()
    {
        model = TinyModel.Write(folder["model"], blocks: 60, hiddenSize: 64);
        string text = TinyModel.WriteText(folder["text.jsonl"]);
        options = ["--method", "wanda", "--calibration", text, "--samples", "128", "--sequence-length", "32", "--threads", "1"];
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_killed_run_goes_on_and_ends_with_the_same_bytes()
    {
        using var process = StartAndAwaitFirstBlock();
        process.Kill();
        Bounded.Await(process);
        Assert.False(Directory.Exists(folder["out"]));

        var refused = CliRun.Of(["prune", model, "-o", folder["out"], .. options, "--sparsity", "0.6", "--resume", "--json"]);
        Assert.True(refused.ExitCode == 2, refused.ToString());

        var resumed = CliRun.Of(["prune", model, "-o", folder["out"], .. options, "--resume", "--json"]);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        Assert.InRange(resumed.Json.GetProperty("resumedBlocks").GetInt32(), 1, 59);

        Assert.Equal(0, CliRun.Of(["prune", model, "-o", folder["whole"], .. options]).ExitCode);
        AssertSameFiles(folder["whole"], folder["out"]);
    }

    [Fact]
    public void Interrupting_stops_at_a_safe_point_and_says_how_to_go_on()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = StartAndAwaitFirstBlock();
        Assert.Equal(0, Kill(process.Id, Terminate));

        string error = process.StandardError.ReadToEnd();
        Bounded.Await(process);

        Assert.Equal(130, process.ExitCode);
        Assert.Contains("--resume", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
        Assert.Equal(0, CliRun.Of(["prune", model, "-o", folder["out"], .. options, "--resume"]).ExitCode);
    }

    private Process StartAndAwaitFirstBlock()
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(SparsumCommand).Assembly.Location, "prune", model, "-o", folder["out"], .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        string journal = Path.Combine(folder["out"] + ".partial", "journal.json");
        while (!File.Exists(journal))
        {
            Assert.False(process.HasExited, "The run ended before it could be stopped.");
            Thread.Sleep(1);
        }

        return process;
    }

    // A call, not a process: on a busy machine the run would be over before a command had started.
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    private static void AssertSameFiles(string expected, string actual)
    {
        string[] Names(string path) => [.. Directory.GetFiles(path).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

        Assert.Equal(Names(expected), Names(actual));
        foreach (string name in Names(expected).Except(Records))
        {
            Assert.True(
                File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))),
                $"{name} differs.");
        }
    }
}
