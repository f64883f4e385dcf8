using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests.Support;

/// <summary>A test on a real Slurm, skipped, saying why, where it cannot be started.</summary>
public sealed class SlurmFactAttribute : FactAttribute
{
    private static readonly string[] Programs = ["bash", "munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel"];

    public SlurmFactAttribute() => Skip = Programs.FirstOrDefault(program => ToolFactAttribute.Find(program) is null) is { } missing
        ? $"needs the program '{missing}', which is absent here"
        : Environment.UserName == "root" ? null : "slurmd has to be started by root";
}
