using Sparsum.Core;

namespace Sparsum.Cli.Sweeps.Slurm;

/// <summary>Sees to it that nothing else touches runs that are with Slurm.</summary>
internal static class SlurmQueue
{
    /// <summary>Refuses a sweep some of whose runs are with Slurm. What is left of jobs that are over is removed.</summary>
    /// <param name="folder">The folder of submissions.</param>
    /// <exception cref="InvalidInputException">Jobs are in the queue, or nobody knows: <c>jobs-submitted</c>.</exception>
    public static void RequireEmpty(string folder)
    {
        var submissions = SlurmSubmission.ReadAll(folder);
        string names = string.Join(',', submissions.Select(submission => submission.Name));
        try
        {
            var live = SlurmCommands.Query([.. submissions.Select(submission => submission.Name)]).Where(task => task.IsLive).ToList();
            if (live.Count > 0)
            {
                throw Refusal($"{live.Count} runs of this sweep are with Slurm as job {string.Join(", ", live.Select(task => task.Job).Distinct())}.", null);
            }
        }
        catch (RunFailedException error)
        {
            throw Refusal($"Runs of this sweep were handed to Slurm, and whether they are over cannot be told: {error.Found}", error);
        }

        foreach (var submission in submissions)
        {
            submission.Delete(folder);
        }

        InvalidInputException Refusal(string message, Exception? cause) => new("jobs-submitted", message, cause)
        {
            File = folder,
            Hint = $"Wait for them: give `engine` slurm, and no `force`. Or cancel them: scancel --name={names}; where Slurm is gone, remove '{folder}'.",
        };
    }
}
