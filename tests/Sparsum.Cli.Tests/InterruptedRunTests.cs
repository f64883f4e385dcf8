using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Sparsum.Cli.Progress;
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

    [ToolFact("script")]
    public void In_a_terminal_the_bar_keeps_its_place_and_the_notice_stays()
    {
        const int Width = 58;
        folder.Write("run.sh", $"""
            stty cols {Width} rows 24
            echo $$ > '{folder["pid"]}'
            exec dotnet exec '{typeof(SparsumCommand).Assembly.Location}' prune '{model}' -o '{folder["out"]}' {string.Join(' ', options.Select(option => $"'{option}'"))}
            """);
        var start = new ProcessStartInfo("script", ["-qefc", $"bash '{folder["run.sh"]}'", folder["typescript"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment["TERM"] = "xterm-256color";
        using var process = Process.Start(start)!;
        var drain = process.StandardOutput.ReadToEndAsync();
        AwaitFirstBlock(process);
        Thread.Sleep(300);
        Assert.Equal(0, Kill(int.Parse(File.ReadAllText(folder["pid"]), System.Globalization.CultureInfo.InvariantCulture), Terminate));
        Bounded.Await(process);

        string[] shown = drain.Result.Split("Stopping at the next safe point");
        Assert.Equal(2, shown.Length);
        var during = new VirtualScreen(shown[0], Width);
        Assert.Equal(0, during.Wraps);
        Assert.Contains("block ", shown[0], StringComparison.Ordinal);
        string[] bars = [.. Regex.Replace(shown[0], @"\x1b\[[0-9;?]*[A-Za-z]", "").Split('\r', '\n').Where(line => line.Contains('━', StringComparison.Ordinal))];
        Assert.NotEmpty(bars);
        Assert.Single(bars.Select(line => line.LastIndexOf('━')).Distinct());
        Assert.Single(bars.Select(line => line.IndexOf('%', StringComparison.Ordinal)).Distinct());

        var screen = new VirtualScreen(drain.Result, Width);
        Assert.Contains(screen.Lines, line => line.StartsWith("Stopping at the next safe point", StringComparison.Ordinal));
        Assert.DoesNotContain(screen.Lines, line => line.Contains('━', StringComparison.Ordinal));
        Assert.Contains("--resume", string.Join(' ', screen.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(80)]
    [InlineData(58)]
    [InlineData(45)]
    [InlineData(20)]
    public void What_is_being_done_is_cut_to_the_window(int window)
    {
        string fitted = LiveProgress.Fit(new string('x', 500), window);
        Assert.True(window < 45 || 33 + LiveProgress.BarWidth(window) + fitted.Length < window, $"{LiveProgress.BarWidth(window)} {fitted.Length}");
        Assert.Equal(window < 45 ? " " : "a b", LiveProgress.Fit("a\nb", window));
    }

    private Process StartAndAwaitFirstBlock()
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(SparsumCommand).Assembly.Location, "prune", model, "-o", folder["out"], .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        AwaitFirstBlock(process);
        return process;
    }

    private void AwaitFirstBlock(Process process)
    {
        string journal = Path.Combine(folder["out"] + ".partial", "journal.json");
        while (!File.Exists(journal))
        {
            Assert.False(process.HasExited, "The run ended before it could be stopped.");
            Thread.Sleep(1);
        }
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
