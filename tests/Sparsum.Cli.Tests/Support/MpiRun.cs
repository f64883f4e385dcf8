using System.Diagnostics;
using Sparsum.Testing;

namespace Sparsum.Cli.Tests.Support;

/// <summary>Runs of the command as processes of its own that a real <c>mpirun</c> starts.</summary>
internal static class MpiRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>One command line on some processes.</summary>
    /// <param name="processes">How many.</param>
    /// <param name="line">The command line.</param>
    public static CliRun Of(int processes, params string[] line) => Wait(Start([.. Processes(processes), .. Command, .. line]));

    /// <summary>Command lines that differ, one process each.</summary>
    public static CliRun OfEach(params string[][] lines) =>
        Wait(Start([.. lines.Index().SelectMany(line => (string[])[.. line.Index == 0 ? [] : (string[])[":"], .. Processes(1), .. Command, .. line.Item])]));

    /// <summary>The same as <see cref="Of"/>; ends one of the processes by signal 9 once a file is there.</summary>
    /// <param name="processes">How many.</param>
    /// <param name="rank">Which of them dies.</param>
    /// <param name="file">The file.</param>
    /// <param name="line">The command line.</param>
    public static CliRun Killed(int processes, int rank, string file, params string[] line)
    {
        using var folder = new TemporaryFolder();
        string script = folder["start.sh"];
        File.WriteAllText(script, $"echo $$ > '{folder.Root}'/$OMPI_COMM_WORLD_RANK.pid\nexec \"$@\"\n");
        var process = Process.Start(Start([.. Processes(processes), "bash", script, .. Command, .. line]))!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var clock = Stopwatch.StartNew();
        while (!File.Exists(file) && !process.HasExited && clock.Elapsed < Limit)
        {
            Thread.Sleep(1);
        }

        if (!process.HasExited)
        {
            using var victim = Process.GetProcessById(int.Parse(File.ReadAllText(folder[$"{rank}.pid"]).Trim(), System.Globalization.CultureInfo.InvariantCulture));
            victim.Kill();
        }

        return Ended(process, output, error);
    }

    private static string[] Command => ["dotnet", "exec", typeof(SparsumCommand).Assembly.Location];

    private static string[] Processes(int count) => ["-np", $"{count}"];

    private static ProcessStartInfo Start(string[] arguments) =>
        new(ToolFactAttribute.Find("mpirun")!, ["--allow-run-as-root", "--oversubscribe", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };

    private static CliRun Wait(ProcessStartInfo start)
    {
        var process = Process.Start(start)!;
        return Ended(process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    private static CliRun Ended(Process process, Task<string> output, Task<string> error)
    {
        using (process)
        {
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException($"mpirun did not end.\n{error.Result}");
            }

            return new CliRun(process.ExitCode, output.Result, error.Result);
        }
    }
}
