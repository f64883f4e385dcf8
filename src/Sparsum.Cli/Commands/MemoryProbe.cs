using System.Diagnostics;
using System.Text;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Commands;

/// <summary>
/// Peak memory of one model on its own. A process has one peak, so two models in one process cannot be told apart: each is run once in a
/// process of its own.
/// </summary>
internal static class MemoryProbe
{
    public static long Measure(string model, IEnumerable<string> options, CancellationToken cancellationToken)
    {
        var start = OwnProgram.Start(["bench", model, "--runs", "1", "--json", "--quiet", .. options]);
        using var process = Process.Start(start)!;
        using var registration = cancellationToken.Register(() => process.Kill());
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            throw new RunFailedException("memory-probe-failed", $"Measuring the memory of '{model}' failed.")
            {
                File = model,
                Found = $"exit code {process.ExitCode}",
                Hint = $"Run 'sparsum bench {model}' on its own to see why.",
            };
        }

        return StrictJson.Parse(Encoding.UTF8.GetBytes(output), "bench").GetProperty("peakBytes").GetInt64();
    }
}
