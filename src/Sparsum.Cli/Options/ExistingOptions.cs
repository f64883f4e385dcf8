using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Options;

/// <summary>What is to become of an output or an unfinished run that is there: <c>--resume</c> or <c>--force</c>.</summary>
internal sealed class ExistingOptions
{
    private readonly Option<bool> resume = OptionFactory.Flag("--resume", "Go on with a run that was interrupted.");

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace what is in OUT.");

    public IEnumerable<Option> All => [resume, force];

    /// <summary>What was chosen.</summary>
    /// <exception cref="InvalidInputException">Both were.</exception>
    public ExistingOutput Read(RunContext context)
    {
        context.RefuseBoth("A run that is there is gone on with, or begun again.", resume, force);
        return context.Get(resume) ? ExistingOutput.Resume : context.Get(force) ? ExistingOutput.Replace : ExistingOutput.Refuse;
    }
}
