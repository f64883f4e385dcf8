using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>Runs the command lines of a plan within this process, as many runs at a time as asked for, and keeps their documents.</summary>
internal sealed class SweepRunner(RunContext context, SweepFolder folder, SweepPlan plan, int parallel)
{
    private static readonly HashSet<string> Resumable = VerbsWith("--resume");
    private static readonly HashSet<string> Forcible = VerbsWith("--force");

    // What would be measured beside other runs, and in every one of them, says nothing.
    private static readonly HashSet<string> Judged = VerbsWith("--verdict");

    private readonly Lock gate = new();
    private readonly SweptRun[] results = [.. plan.Runs.Select(run => new RunStore(folder.Runs, run).Read())];
    private readonly int threads =
        context.Threads == 0 && parallel > 1 ? Math.Max(1, Environment.ProcessorCount / parallel) : context.Threads;

    private int next = -1;
    private int finished;

    /// <summary>What became of every run, in the order of the plan.</summary>
    public IReadOnlyList<SweptRun> Results => results;

    public void Run()
    {
        folder.WriteResults(results.Where(run => run.State == RunState.Done));
        finished = results.Count(run => run.WasDone);
        try
        {
            var helpers = Enumerable.Range(1, Math.Min(parallel, results.Length) - 1).Select(_ => Task.Run(Work)).ToList();
            Work();
            Task.WhenAll(helpers).GetAwaiter().GetResult();
        }
        finally
        {
            folder.WriteResults(results);
        }

        context.CancellationToken.ThrowIfCancellationRequested();
    }

    private void Work()
    {
        for (int index; !context.CancellationToken.IsCancellationRequested && (index = Interlocked.Increment(ref next)) < results.Length;)
        {
            if (results[index].WasDone)
            {
                new RunStore(folder.Runs, results[index].Plan).DiscardOutputs();
                continue;
            }

            var result = Run(results[index]);
            lock (gate)
            {
                results[index] = result;
                if (result.State is RunState.Done or RunState.Failed)
                {
                    finished++;
                    folder.AppendResult(result);
                    Tell(result);
                }
            }
        }
    }

    private SweptRun Run(SweptRun run)
    {
        var store = new RunStore(folder.Runs, run.Plan);
        if (run.State == RunState.Failed)
        {
            store.Clear();
            run = new SweptRun(run.Plan);
        }

        string? interrupted = run.State == RunState.Running ? run.Step : null;
        foreach (var step in run.Plan.Steps.Where(step => !run.Documents.ContainsKey(step.Name)))
        {
            run = run with { State = RunState.Running, Step = step.Name };
            store.Write(run);
            Report(run);
            long start = context.Time.GetTimestamp();
            var (exitCode, document) = Run(step, store, wasInterrupted: step.Name == interrupted);
            if (exitCode == ExitCode.Cancelled)
            {
                return run;
            }

            run = run with { Seconds = run.Seconds + context.Time.GetElapsedTime(start).TotalSeconds };
            if (exitCode != ExitCode.Done)
            {
                run = run with { State = RunState.Failed, Error = document["error"]?.DeepClone().AsObject() ?? [] };
                break;
            }

            store.WriteStep(step, document);
            run.Documents[step.Name] = document;
        }

        run = run.State == RunState.Failed ? run : run with { State = RunState.Done, Step = null };
        store.Write(run);
        store.DiscardOutputs();
        return run;
    }

    private (int ExitCode, JsonObject Document) Run(PlannedStep step, RunStore store, bool wasInterrupted)
    {
        List<string> line = [step.Verb, .. step.Arguments.Select(store.Resolve)];
        int output = line.IndexOf("-o");
        if (wasInterrupted && output >= 0 && store.HasLeftovers(line[output + 1]))
        {
            line.AddRange(Resumable.Contains(step.Verb) ? ["--resume"] : Forcible.Contains(step.Verb) ? ["--force"] : []);
        }

        line.AddRange(Judged.Contains(step.Verb) ? ["--verdict", "none"] : []);
        using var log = new StreamWriter(store.Log, append: true) { AutoFlush = true };
        log.WriteLine("$ sparsum " + CommandText.Of(line));
        var answer = new StringWriter();
        int exitCode = SparsumCommand.Run(
            [.. line, "--json", "--threads", $"{threads}", .. context.IsOffline ? new[] { "--offline" } : []],
            new Terminal(answer, log),
            context.Time,
            context.CancellationToken);
        return (exitCode, ParseDocument(step, answer.ToString()));
    }

    private static JsonObject ParseDocument(PlannedStep step, string text)
    {
        try
        {
            return StrictJson.ParseNode(Encoding.UTF8.GetBytes(text), step.Verb)!.AsObject();
        }
        catch (Exception exception) when (exception is InvalidInputException or InvalidOperationException or NullReferenceException)
        {
            throw new RunFailedException("internal-error", $"'sparsum {step.Verb}' did not write a JSON document.", exception)
            {
                Found = text.Length > 80 ? text[..80] + "…" : text,
                Hint = "This is a defect of sparsum. Please report it with the recipe.",
            };
        }
    }

    private void Report(SweptRun run)
    {
        lock (gate)
        {
            context.Progress.Report($"run {finished + 1}/{results.Length} {run.Plan.Id}: {run.Step}", (double)finished / results.Length);
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

    private static HashSet<string> VerbsWith(string option) =>
    [
        .. SparsumCommand.CreateRoot(new CommonOptions()).Subcommands
            .Where(verb => verb.Options.Any(candidate => candidate.Name == option))
            .Select(verb => verb.Name),
    ];
}
