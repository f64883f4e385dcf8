using System.CommandLine;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Commands;

/// <summary>One verb of the command: its options, and the straight line from them to a result.</summary>
internal abstract class Verb(string name, string description) : Command(name, description)
{
    public abstract VerbResult Execute(RunContext context);
}
