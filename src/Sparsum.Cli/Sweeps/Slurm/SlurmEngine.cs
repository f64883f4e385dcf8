using Sparsum.Cli.Options;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Sweeps.Slurm;

/// <summary>
/// Hands runs to Slurm as a job array and waits for them. Each member of the array writes into the folder of its run alone; what became of it is read
/// there. Jobs that an interrupted command left are waited for like new ones.
/// </summary>
/// <param name="context">The command.</param>
/// <param name="folder">The folder of the sweep, which all nodes see.</param>
/// <param name="recipe">The recipe's name.</param>
/// <param name="parallel">Jobs at a time; null leaves it to Slurm.</param>
/// <param name="options">What the user tells <c>sbatch</c>.</param>
internal sealed class SlurmEngine(RunContext context, SweepFolder folder, string recipe, int? parallel, IReadOnlyList<string> options) : ISweepEngine
{
    /// <summary>As many members as an array may have where nobody has changed it.</summary>
    private const int LargestArray = 1000;

    private const int LongestName = 40;

    public void Run(SweepBook book)
    {
        var submissions = Adopt();
        var taken = submissions.SelectMany(submission => submission.Members).Select(run => run.Key).ToHashSet();
        book.Tidy(run => !taken.Contains(run.Key));
        foreach (var runs in book.Runs.Where(run => !run.WasDone && !taken.Contains(run.Plan.Key)).Chunk(LargestArray))
        {
            submissions.Add(Submit(runs));
        }

        var waiting = new SlurmWait(context, folder, submissions);
        context.ResumeHint = $"The jobs go on. Run the same command again to wait for them, or cancel them: scancel --name={waiting.Names}";
        if (waiting.Await(book))
        {
            submissions.ForEach(submission => submission.Delete(folder.Submissions));
        }
    }

    /// <summary>What earlier commands handed in and did not see the end of.</summary>
    private List<SlurmSubmission> Adopt()
    {
        var found = SlurmSubmission.ReadAll(folder.Submissions);
        var unnumbered = found.Where(submission => submission.Job is null).ToList();
        var queue = SlurmCommands.Query([.. unnumbered.Select(submission => submission.Name)]);
        var adopted = found.Except(unnumbered).ToList();
        foreach (var submission in unnumbered)
        {
            // The command was killed around the moment when it handed them in.
            if (queue.FirstOrDefault(task => task.Name == submission.Name) is { } task)
            {
                adopted.Add(Number(submission, task.Job));
            }
            else
            {
                submission.Delete(folder.Submissions);
            }
        }

        foreach (var submission in adopted)
        {
            context.Tell($"waiting for job {submission.Job}, which an earlier command handed in");
        }

        return adopted;
    }

    private SlurmSubmission Submit(IReadOnlyList<SweptRun> runs)
    {
        foreach (var run in runs.Where(run => run.State == RunState.Failed))
        {
            // What is told of this run from now on is told by its job.
            var store = new RunStore(folder.Runs, run.Plan);
            using var claim = store.Claim();
            store.Clear();
        }

        Directory.CreateDirectory(folder.Submissions);
        var submission = new SlurmSubmission(CreateName(), null, folder.Runs, [.. runs.Select(run => run.Plan)]);
        submission.Write(folder.Submissions);
        string script = SlurmScript.Write(
            folder.Submissions, submission.Name, ["--threads", $"{context.Threads}", .. context.PrecisionArguments, .. context.IsOffline ? new[] { "--offline" } : []]);
        string log = Path.Combine(Path.GetFullPath(folder.Submissions).Replace("%", "%%", StringComparison.Ordinal), SlurmWait.LogOf("%A", "%a"));
        string[] threads = context.Threads > 0 && !options.Any(option => SlurmOption.Sets(option, "cpus-per-task")) ? [$"--cpus-per-task={context.Threads}"] : [];
        string job = SlurmCommands.Submit(
        [
            FormattableString.Invariant($"--array=0-{runs.Count - 1}") + (parallel is { } limit ? FormattableString.Invariant($"%{limit}") : ""),
            $"--job-name={submission.Name}", $"--output={log}", "--open-mode=append", .. threads, .. options, script,
        ]);
        context.Tell($"{runs.Count} runs are with Slurm as job {job}");
        return Number(submission, job);
    }

    private SlurmSubmission Number(SlurmSubmission submission, string job)
    {
        submission = submission with { Job = job };
        submission.Write(folder.Submissions);
        return submission;
    }

    private string CreateName()
    {
        string safe = string.Concat(recipe.Take(LongestName).Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        return $"sparsum-{safe}-{Guid.NewGuid().ToString("N")[..8]}";
    }
}
