using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps.Slurm;

/// <summary>The two programs of Slurm that a sweep needs: <c>sbatch</c> hands in, <c>squeue</c> shows what is going on.</summary>
internal static class SlurmCommands
{
    private const string Submitter = "sbatch";
    private const string Viewer = "squeue";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Looks for the programs.</summary>
    /// <exception cref="InvalidInputException">One is not on this machine: <c>missing-program</c>.</exception>
    public static void Require()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        foreach (string program in (string[])[Submitter, Viewer])
        {
            if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
            {
                throw new InvalidInputException("missing-program", $"There is no '{program}' on this machine.")
                {
                    Option = "engine",
                    Found = $"PATH={string.Join(Path.PathSeparator, folders)}",
                    Expected = "the commands of Slurm",
                    Hint = "Give the command on a machine from which jobs are handed in, or leave out `engine`.",
                };
            }
        }
    }

    /// <summary>Hands in a script.</summary>
    /// <returns>The number of the job.</returns>
    /// <exception cref="RunFailedException">Slurm does not take it: <c>job-refused</c>.</exception>
    public static string Submit(IEnumerable<string> arguments)
    {
        var (exitCode, output, error) = Run(Submitter, ["--parsable", .. arguments]);
        return exitCode == 0 && output.Trim() is { Length: > 0 } number
            ? number.Split(';')[0]
            : throw new RunFailedException("job-refused", $"Slurm does not take the jobs: {LastLine(error)}")
            {
                Found = LastLine(error),
                Hint = "Give what it asks for with `slurm`, then run the same command again.",
            };
    }

    /// <summary>The members of job arrays that are in the queue, ended ones included as long as Slurm remembers them.</summary>
    /// <param name="names">Names of jobs.</param>
    /// <exception cref="RunFailedException">The queue cannot be seen: <c>queue-unreachable</c>.</exception>
    public static IReadOnlyList<SlurmTask> Query(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
        {
            return [];
        }

        var (exitCode, output, error) = Run(
            Viewer, ["--noheader", "--array", "--states=all", $"--name={string.Join(',', names)}", "--format=%j|%F|%K|%T"]);
        return exitCode == 0
            ? [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ParseTask).OfType<SlurmTask>()]
            : throw new RunFailedException("queue-unreachable", $"Slurm does not show its queue: {LastLine(error)}")
            {
                Found = LastLine(error),
                Hint = "The jobs are as they were. Run the same command again when Slurm answers.",
            };
    }

    private static SlurmTask? ParseTask(string line) =>
        line.Trim().Split('|') is [var name, var job, var index, var state]
        && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new SlurmTask(name, job, number, state)
            : null;

    private static (int ExitCode, string Output, string Error) Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };

        // A user's taste in what the command shows.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("SQUEUE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill();
                return (-1, "", $"{program} does not answer");
            }

            return (process.ExitCode, output.Result, error.Result);
        }
        catch (Win32Exception exception)
        {
            return (-1, "", exception.Message);
        }
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();
}
