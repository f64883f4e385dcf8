namespace Sparsum.Cli.Sweeps.Slurm;

/// <summary>A member of a job array as the queue shows it. Those that ended stay in the queue for some minutes.</summary>
/// <param name="Name">The name of the job.</param>
/// <param name="Job">The number of the array.</param>
/// <param name="Index">The place within the array.</param>
/// <param name="State">Slurm's word for its state.</param>
internal sealed record SlurmTask(string Name, string Job, int Index, string State)
{
    private static readonly string[] Ended =
        ["BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT"];

    /// <summary>Whether it runs or is going to.</summary>
    public bool IsLive => !Ended.Contains(State);

    public bool IsWaiting => State == "PENDING";
}
