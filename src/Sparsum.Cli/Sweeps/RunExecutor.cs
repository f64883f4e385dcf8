using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>Runs the command lines of one run within this process, and keeps their documents in its folder.</summary>
/// <param name="context">The command at work.</param>
/// <param name="runs">The folder of the runs.</param>
/// <param name="threads">How many threads each command line is told to use.</param>
internal sealed class RunExecutor(RunContext context, string runs, int threads)
{
    private static readonly HashSet<string> Resumable = VerbsWith("--resume");
    private static readonly HashSet<string> Forcible = VerbsWith("--force");

    // What would be measured beside other runs, and in every one of them, says nothing.
    private static readonly HashSet<string> Judged = VerbsWith("--verdict");

    /// <summary>
    /// Goes on with a run from whatever is left of it, from the beginning if it had failed. A run that another process has finished meanwhile is as
    /// that left it.
    /// </summary>
    /// <param name="plan">The run.</param>
    /// <param name="report">Takes the run whenever a step begins.</param>
    /// <returns>The run, done or failed; still running if it was cancelled.</returns>
    /// <exception cref="InvalidInputException">Another process is at work on it: <c>output-in-use</c>.</exception>
    public SweptRun Run(PlannedRun plan, Action<SweptRun> report)
    {
        var store = new RunStore(runs, plan);
        using var claim = store.Claim();
        var run = store.Read();
        if (run.WasDone)
        {
            store.DiscardOutputs();
            return run;
        }

        if (run.State == RunState.Failed)
        {
            store.Clear();
            run = new SweptRun(plan);
        }

        string? interrupted = run.State == RunState.Running ? run.Step : null;
        foreach (var step in plan.Steps.Where(step => !run.Documents.ContainsKey(step.Name)))
        {
            run = run with { State = RunState.Running, Step = step.Name };
            store.Write(run);
            report(run);
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
            [.. line, "--json", "--threads", $"{threads}", .. Precision(line), .. context.IsOffline ? new[] { "--offline" } : []],
            new Terminal(answer, log),
            context.Time,
            context.CancellationToken);
        return (exitCode, ParseDocument(step, answer.ToString()));
    }

    /// <summary>The precision that the sweep was given, for a step that has none of its own.</summary>
    private string[] Precision(List<string> line) => line.Contains(CommonOptions.PrecisionName) ? [] : context.PrecisionArguments;

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

    private static HashSet<string> VerbsWith(string option) =>
    [
        .. SparsumCommand.CreateRoot(new CommonOptions()).Subcommands
            .Where(verb => verb.Options.Any(candidate => candidate.Name == option))
            .Select(verb => verb.Name),
    ];
}
