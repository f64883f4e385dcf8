using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps.Slurm;

/// <summary>Waits for jobs: asks the queue who is alive, and the folders of the runs what came out.</summary>
internal sealed class SlurmWait(RunContext context, SweepFolder folder, IReadOnlyList<SlurmSubmission> submissions)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    // A shared file system may show for as long as this what was there before a job wrote its result.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What a queue that cannot be seen is waited for.
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, long> goneSince = [];
    private readonly Dictionary<string, (SlurmSubmission Submission, int Index)[]> places = submissions
        .SelectMany(submission => submission.Members.Select((run, index) => (run.Key, Submission: submission, Index: index)))
        .GroupBy(place => place.Key)
        .ToDictionary(group => group.Key, group => group.Select(place => (place.Submission, place.Index)).ToArray());

    private long? outageSince;
    private string? shown;

    /// <summary>The names of the jobs between commas.</summary>
    public string Names => string.Join(',', submissions.Select(submission => submission.Name));

    /// <summary>The file in which a job logs what is not of its run: what Slurm itself says, above all.</summary>
    public static string LogOf(string? job, string index) => $"{job}_{index}.log";

    /// <summary>Waits until every run of the book that was handed in has an end.</summary>
    /// <returns>False if the command is cancelled before.</returns>
    public bool Await(SweepBook book)
    {
        var open = Enumerable.Range(0, book.Runs.Count).Where(index => !book.Runs[index].WasDone && places.ContainsKey(book.Runs[index].Plan.Key)).ToList();
        for (var pause = FirstPause; open.Count > 0; pause = pause * 1.25 < LongestPause ? pause * 1.25 : LongestPause)
        {
            // The queue first: a job that is gone from it has written all that it was to write.
            if (Query() is { } queue)
            {
                open.RemoveAll(index => See(book, index, queue));
                Show(book, open, queue);
            }

            if (context.CancellationToken.WaitHandle.WaitOne(open.Count > 0 ? pause : TimeSpan.Zero))
            {
                return open.Count == 0;
            }
        }

        return true;
    }

    /// <summary>Puts a run down; true if that was its end.</summary>
    private bool See(SweepBook book, int index, IReadOnlyList<SlurmTask> queue)
    {
        var plan = book.Runs[index].Plan;
        var store = new RunStore(folder.Runs, plan);
        var run = store.Read() with { WasDone = false };
        var task = places[plan.Key].Select(place => Find(queue, place)).OfType<SlurmTask>().MaxBy(task => task.IsLive);
        if (run.State is RunState.Done or RunState.Failed)
        {
            book.Enter(index, run);
            return true;
        }

        if (task?.IsLive == true)
        {
            goneSince.Remove(plan.Key);
            return false;
        }

        if (goneSince.TryAdd(plan.Key, context.Time.GetTimestamp()) || context.Time.GetElapsedTime(goneSince[plan.Key]) < Patience)
        {
            return false;
        }

        book.Enter(index, Died(run, store, places[plan.Key][^1], task?.State));
        return true;
    }

    private SweptRun Died(SweptRun run, RunStore store, (SlurmSubmission Submission, int Index) place, string? state)
    {
        string log = Path.Combine(folder.Submissions, LogOf(place.Submission.Job, FormattableString.Invariant($"{place.Index}")));
        var error = new RunFailedException(
            "job-died", $"Job {place.Submission.Job}_{place.Index} {(state is null ? "is no longer in the queue" : $"ended as {state}")}, and the run is not done. See '{log}'.")
        {
            File = log,
            Found = LastLine(log),
            Expected = "a run that is done or failed",
            Hint = $"What the run itself said is in '{store.Log}'. Run the same command again: it runs what is missing.",
        };
        return run with
        {
            State = RunState.Failed,
            Step = run.Step ?? run.Plan.Steps[0].Name,
            Error = FailureReport.CreateDocument(null, error)["error"]!.DeepClone().AsObject(),
        };
    }

    private static SlurmTask? Find(IReadOnlyList<SlurmTask> queue, (SlurmSubmission Submission, int Index) place) =>
        queue.FirstOrDefault(task => task.Job == place.Submission.Job && task.Index == place.Index);

    private IReadOnlyList<SlurmTask>? Query()
    {
        try
        {
            var queue = SlurmCommands.Query([.. submissions.Select(submission => submission.Name)]);
            outageSince = null;
            return queue;
        }
        catch (RunFailedException error)
        {
            if (outageSince is null)
            {
                context.Warn(error.Message);
            }

            outageSince ??= context.Time.GetTimestamp();
            if (context.Time.GetElapsedTime(outageSince.Value) > Outage)
            {
                throw;
            }

            return null;
        }
    }

    private void Show(SweepBook book, IReadOnlyCollection<int> open, IReadOnlyList<SlurmTask> queue)
    {
        int waiting = queue.Count(task => task.IsWaiting);
        string text = $"with Slurm: {queue.Count(task => task.IsLive) - waiting} at work, {waiting} waiting";
        if (open.Count > 0 && text != shown)
        {
            book.Report(shown = text);
        }
    }

    private static string? LastLine(string path)
    {
        try
        {
            return File.ReadLines(path).LastOrDefault(line => line.Trim().Length > 0)?.Trim();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            return null;
        }
    }
}
