using System.CommandLine;
using System.CommandLine.Invocation;

namespace Sparsum.Cli;

/// <summary>Writes the version of this assembly, whichever process hosts it.</summary>
internal sealed class VersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(SparsumCommand.Version);
        return Running.ExitCode.Done;
    }
}
