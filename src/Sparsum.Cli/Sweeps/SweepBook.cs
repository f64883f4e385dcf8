using System.Text.Json.Nodes;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Sweeps;

/// <summary>What became of every run of a sweep: kept in its results as runs end, told to people, and written in the order of the plan at the end.</summary>
internal sealed class SweepBook(RunContext context, SweepFolder folder, SweepPlan plan)
{
    private readonly Lock gate = new();
    private readonly SweptRun[] runs = [.. plan.Runs.Select(run => new RunStore(folder.Runs, run).Read())];
    private int finished;

    /// <summary>The runs in the order of the plan.</summary>
    public IReadOnlyList<SweptRun> Runs => runs;

    /// <summary>Runs what is not done.</summary>
    public void Run(ISweepEngine engine)
    {
        folder.WriteResults(runs.Where(run => run.State == RunState.Done));
        finished = runs.Count(run => run.WasDone);
        try
        {
            engine.Run(this);
        }
        finally
        {
            folder.WriteResults(runs);
        }

        context.CancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Puts down how far a run has come, and if that is its end, in the results, too.</summary>
    public void Enter(int index, SweptRun run)
    {
        lock (gate)
        {
            runs[index] = run;
            if (run.State is RunState.Done or RunState.Failed)
            {
                finished++;
                folder.AppendResult(run);
                Tell(run);
            }
        }
    }

    /// <summary>Removes what runs that were done before left when they were killed at their very end.</summary>
    /// <param name="isOurs">Which of them nobody else is at work on.</param>
    public void Tidy(Func<PlannedRun, bool> isOurs)
    {
        foreach (var run in runs.Where(run => run.WasDone && isOurs(run.Plan)))
        {
            new RunStore(folder.Runs, run.Plan).DiscardOutputs();
        }
    }

    /// <summary>Shows what is being done.</summary>
    public void Report(string what)
    {
        lock (gate)
        {
            context.Progress.Report($"run {finished + 1}/{runs.Length} {what}", (double)finished / runs.Length);
        }
    }

    private void Tell(SweptRun run)
    {
        string text = run.State == RunState.Done
            ? $"run {run.Plan.Id} is done"
            : $"run {run.Plan.Id} failed in '{run.Step}': {run.Error?["message"]}";
        context.Log.Add(run.State == RunState.Done ? "info" : "error", text, new JsonObject { ["seconds"] = Math.Round(run.Seconds, 3) });
        context.Tell(text);
    }
}
