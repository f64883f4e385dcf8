using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Mpi;

namespace Sparsum.Cli.Options;

/// <summary><c>--engine</c>: whether a run is that of one process or of all that <c>mpirun</c> started.</summary>
internal static class EngineOption
{
    private const string Mpi = "mpi";

    public static Option<string> Create() => OptionFactory.Choice(
        "--engine", "local is one process; mpi shares the run among the processes that mpirun started, with the same result up to rounding.", "local", "local", Mpi);

    /// <summary>The processes that do the run; this one alone unless the option says otherwise. The first thing that a verb asks for.</summary>
    /// <exception cref="InvalidInputException">
    /// The processes were not started as the option says, there is no MPI, or they were given different command lines.
    /// </exception>
    public static ProcessGroup Join(RunContext context, Option<string> engine)
    {
        if (context.Get(engine) == Mpi)
        {
            return context.Join(MpiGroup.Join());
        }

        return MpiLaunch.Size is null or 1 ? ProcessGroup.Single : throw new InvalidInputException(
            "started-together", FormattableString.Invariant($"mpirun started this command {MpiLaunch.Size} times, and each would do the whole run."))
        {
            Option = "engine",
            Found = $"{engine.Name} {context.Get(engine)} under mpirun",
            Expected = $"{engine.Name} {Mpi}",
            Hint = $"Add {engine.Name} {Mpi}, so that the processes share the run, or start the command without mpirun.",
        };
    }
}
