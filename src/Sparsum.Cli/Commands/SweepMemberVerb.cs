using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Cli.Sweeps;
using Sparsum.Cli.Sweeps.Slurm;

namespace Sparsum.Cli.Commands;

/// <summary><c>sweep-member RECORD INDEX</c>: one run of a sweep, as a member of a job array. Nobody but the script of the array calls it.</summary>
internal sealed class SweepMemberVerb : Verb
{
    public const string VerbName = "sweep-member";

    private readonly Argument<string> record = new("RECORD") { Description = "What the sweep handed in." };

    private readonly Argument<int> index = new("INDEX") { Description = "The index of the member in the job array." };

    public SweepMemberVerb()
        : base(VerbName, "Run one run of a sweep, as a member of a job array.")
    {
        Hidden = true;
        Add(record);
        Add(index);
    }

    public override VerbResult Execute(RunContext context)
    {
        var submission = SlurmSubmission.Read(context.Get(record));
        int number = context.Get(index);
        if (number < 0 || number >= submission.Members.Count)
        {
            throw OptionFactory.Invalid(index.Name, $"{number}", $"a whole number from 0 to {submission.Members.Count - 1}");
        }

        context.ResumeHint = "Give the sweep's command again.";
        var executor = new RunExecutor(context, submission.Runs, context.Threads);
        var run = executor.Run(submission.Members[number], step => context.Progress.Report($"{step.Plan.Id}: {step.Step}"));
        context.CancellationToken.ThrowIfCancellationRequested();
        return new VerbResult
        {
            ExitCode = run.State == RunState.Done ? ExitCode.Done : ExitCode.RunFailed,
            Results = new JsonObject { ["run"] = run.ToJson(withDocuments: false) },
            Render = console => console.WriteRaw($"{run.Plan.Id} ({run.StateName})"),
        };
    }
}
