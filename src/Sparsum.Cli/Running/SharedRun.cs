using Sparsum.Cli.Progress;
using Sparsum.Mpi;

namespace Sparsum.Cli.Running;

/// <summary>How processes that do a run together end, so that one of them tells why.</summary>
internal static class SharedRun
{
    private static readonly TimeSpan UntilToldOf = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan UntilWritten = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Says that the run is asked to stop. A launcher asks all that are left when one process has died: the first tells of it, or the second if it was
    /// the first.
    /// </summary>
    public static void TellOfStop(RunContext? context, RunProgress progress)
    {
        if (context?.Job is null)
        {
            progress.WriteLine("Stopping at the next safe point. Press Ctrl+C again to stop now.");
        }
        else if (context.Group.Rank <= 1)
        {
            progress.WriteLine(FormattableString.Invariant($"Process {context.Group.Rank} of {context.Group.Size} is being stopped: another one has ended, or somebody asked. ")
                + $"What is finished is kept. {context.ResumeHint}");
        }
    }

    /// <summary>
    /// Has a process that failed wait, unless it is the first: what went wrong for all of them is told once, by the first, which then ends the
    /// others. What went wrong here alone is told after a while.
    /// </summary>
    /// <param name="isCancelled">Whether the first may still have a state to write.</param>
    public static void LeaveToFirst(bool isCancelled = false)
    {
        if (MpiLaunch.Rank > 0)
        {
            Thread.Sleep(isCancelled ? UntilWritten : UntilToldOf);
        }
    }
}
