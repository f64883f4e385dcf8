using System.Diagnostics;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>
/// The completion scripts that <c>docs/cli.md</c> shows, in the shells that they are for: the tab key is pressed, and the line that it leaves is run.
/// </summary>
public sealed class CompletionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [ToolFact("script", "bash")]
    public void Tab_in_bash() => PressTab("bash --norc --noprofile -i", "bash", setup: "");

    [ToolFact("script", "zsh")]
    public void Tab_in_zsh() => PressTab("zsh -f -i", "zsh", setup: "autoload -Uz compinit; compinit -u -D; ");

    [ToolFact("pwsh")]
    public void Tab_in_powershell()
    {
        WriteCommand();
        folder.Write("ask.ps1", Script("powershell") + """

            foreach ($line in 'sparsum pru', 'sparsum prune m --spa', 'sparsum prune m --allocation neu', 'ls; sparsum train m --penalty-mode ') {
              (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches | ForEach-Object { $_.CompletionText }
            }
            """);
        using var process = Start("pwsh", "-NoProfile", "-NonInteractive", "-File", folder["ask.ps1"]);
        var output = process.StandardOutput.ReadToEndAsync();
        Bounded.Await(process);
        Assert.Equal(["prune", "--sparsity", "neuronal", "clip-at-zero", "coupled", "proximal"], output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Theory]
    [InlineData("prune m --allocation ow", "owl")]
    [InlineData("prune m --journal ", "auto block none")]
    [InlineData("generate m --storage bf", "bfloat16 sparse-bfloat16")]
    [InlineData("prune m --sparsity 0.", "")]
    [InlineData("prune m --sparsity zero --allocation alpha", "")]
    public void Values_are_offered_where_there_are_some_to_choose_from(string line, string expected)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        int exitCode = SparsumCommand.Run([$"[suggest:{line.Length}]", line], output, error);

        Assert.Equal((0, expected, ""), (exitCode, string.Join(' ', output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order()), error.ToString()));
    }

    private void PressTab(string shell, string language, string setup)
    {
        WriteCommand();
        folder.Write("completion", Script(language));
        using var process = Start("script", "-qefc", shell, "/dev/null");
        var drain = process.StandardOutput.ReadToEndAsync();
        try
        {
            Type($"{setup}source '{folder["completion"]}'; touch '{folder["ready"]}'\n");
            Await("ready");
            Type("sparsum pru\tm --allocation neu\t--spa\t0.5\n");
            Await("called");
            Assert.Equal("prune m --allocation neuronal --sparsity 0.5", File.ReadAllText(folder["called"]).Trim());
            Type("exit\n");
            Bounded.Await(process);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.DoesNotContain("command not found", drain.Result, StringComparison.Ordinal);

        void Type(string keys)
        {
            process.StandardInput.Write(keys);
            process.StandardInput.Flush();
        }

        void Await(string name)
        {
            long start = Stopwatch.GetTimestamp();
            while (!File.Exists(folder[name]) || (name == "called" && new FileInfo(folder[name]).Length == 0))
            {
                Assert.True(Stopwatch.GetElapsedTime(start) < Patience && !process.HasExited, $"The shell did not get as far as '{name}'.");
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>A command <c>sparsum</c> that answers shells, and of every other line keeps what it was called with.</summary>
    private void WriteCommand()
    {
        folder.Write("sparsum", $"""
            #!/bin/sh
            case "$1" in
              '[suggest:'*) exec dotnet exec '{typeof(SparsumCommand).Assembly.Location}' "$@" ;;
              *) echo "$*" > '{folder["called"]}' ;;
            esac
            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder["sparsum"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, WorkingDirectory = folder.Root };
        start.Environment["PATH"] = $"{folder.Root}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = folder.Root;
        start.Environment["TERM"] = "xterm";
        return Process.Start(start)!;
    }

    /// <summary>The block of a language in the chapter on completion.</summary>
    private static string Script(string language)
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "cli.md"));
        string chapter = page[page.IndexOf("## Completion", StringComparison.Ordinal)..];
        string begin = $"```{language}\n";
        string block = chapter[(chapter.IndexOf(begin, StringComparison.Ordinal) + begin.Length)..];
        return block[..block.IndexOf("```", StringComparison.Ordinal)];
    }
}
