using System.Diagnostics;
using Xunit;

namespace Sparsum.Testing;

/// <summary>Waits that end: what does not come fails a test instead of holding up all of them.</summary>
public static class Bounded
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Waits for the end of a process; one that does not come is ended.</summary>
    public static void Await(Process process)
    {
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The process did not end within {Limit.TotalMinutes} minutes.");
        }

        // What was written last is read only by a wait without a limit, which has nothing left to wait for.
        process.WaitForExit();
    }

    /// <summary>Runs what must not wait for something that never comes.</summary>
    public static T Run<T>(Func<T> action)
    {
        var run = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(Task.WaitAny([run], Limit) == 0, $"It did not end within {Limit.TotalMinutes} minutes.");
        return run.GetAwaiter().GetResult();
    }

    /// <summary>Runs something, and meanwhile waits until a condition holds; then acts. Where the run ends first, nothing is waited for.</summary>
    /// <param name="run">What is run.</param>
    /// <param name="condition">What is waited for.</param>
    /// <param name="act">What is done then, with the run still going or over.</param>
    public static T RunUntil<T>(Func<T> run, Func<bool> condition, Action act) => Run(() =>
    {
        var task = Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (!condition() && !task.IsCompleted)
        {
            Thread.Sleep(1);
        }

        act();
        return task.GetAwaiter().GetResult();
    });
}
