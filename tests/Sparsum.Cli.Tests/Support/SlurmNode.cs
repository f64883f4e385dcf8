using System.Diagnostics;
using Sparsum.Testing;

namespace Sparsum.Cli.Tests.Support;

/// <summary>A Slurm cluster of this machine alone, which lives as long as the tests of a class.</summary>
public sealed class SlurmNode : IDisposable
{
    private const string Configuration = "SLURM_CONF";

    private readonly TemporaryFolder folder = new();
    private readonly string? before = Environment.GetEnvironmentVariable(Configuration);

    public SlurmNode()
    {
        if (new SlurmFactAttribute().Skip is null)
        {
            Run("bash", Script, "start", folder.Root, "2");
            Environment.SetEnvironmentVariable(Configuration, folder["slurm.conf"]);
        }
    }

    private static string Script => Repository.Path("tools", "slurm-node.sh");

    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        Bounded.Await(process);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}.");
    }

    public void Dispose()
    {
        if (new SlurmFactAttribute().Skip is null)
        {
            Run("bash", Script, "stop", folder.Root);
            Environment.SetEnvironmentVariable(Configuration, before);
        }

        folder.Dispose();
    }
}
