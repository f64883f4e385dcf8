using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli;

/// <summary>The <c>sparsum</c> command, callable in-process.</summary>
public static class SparsumCommand
{
    /// <summary>The product's version.</summary>
    public static string Version { get; } =
        typeof(SparsumCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Runs a command line that writes to no terminal.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="stdout">Takes the results.</param>
    /// <param name="stderr">Takes progress, warnings and errors.</param>
    /// <param name="cancellationToken">Stops the run at its next safe point.</param>
    /// <returns>0 done, 1 the run failed, 2 the command line or an input file is wrong, 130 cancelled.</returns>
    public static int Run(string[] args, TextWriter stdout, TextWriter stderr, CancellationToken cancellationToken = default) =>
        Run(args, new Terminal(stdout, stderr), TimeProvider.System, cancellationToken);

    internal static int Run(string[] args, Terminal terminal, TimeProvider time, CancellationToken cancellationToken)
    {
        var common = new CommonOptions();
        var root = CreateRoot(common);
        args = HelpExamples.Expand(args, root);
        if (Completion.IsAsked(args))
        {
            Completion.Prepare(root);
            try
            {
                return root.Parse(args).Invoke(new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error, EnableDefaultExceptionHandler = false });
            }
            catch (InvalidInputException)
            {
                // The beginning of a number or a list is not one yet: nothing to offer.
                return 0;
            }
        }

        try
        {
            var parse = root.Parse(args);
            if (parse.Errors.Count > 0)
            {
                throw CommandLineError.From(parse);
            }

            return parse.CommandResult.Command is Verb verb && parse.Action is null
                ? new Runner(terminal, time, common).Run(verb, parse, cancellationToken)
                : parse.Invoke(new InvocationConfiguration { Output = terminal.Output, Error = terminal.Error });
        }
        catch (InvalidInputException error)
        {
            // Nothing has run yet: the command line itself is wrong, so whether JSON is wanted can only be read from the raw arguments.
            var verb = root.Subcommands.FirstOrDefault(command => args.Contains(command.Name));
            new FailureReport(terminal, args.Contains(common.Json.Name)).Write(verb?.Name, error);
            return ExitCode.InvalidInput;
        }
    }

    internal static RootCommand CreateRoot(CommonOptions common)
    {
        var root = new RootCommand("Makes Transformers sparse and makes the sparsity pay.")
        {
            new DemoVerb(),
            new PullVerb(),
            new InspectVerb(),
            new CorpusVerb(),
            new CreateVerb(),
            new PretrainVerb(common),
            new PruneVerb(common),
            new TrainVerb(common),
            new CompactVerb(),
            new ConvertVerb(),
            new EvaluateVerb(),
            new BenchVerb(),
            new ForwardVerb(),
            new TokenizeVerb(),
            new GenerateVerb(),
            new ScoreVerb(),
            new SweepVerb(),
            new SweepMemberVerb(),
            new ReportVerb(),
        };
        root.Options.Single(option => option is VersionOption).Action = new VersionAction();
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpExamples((SynchronousCommandLineAction)help.Action!);
        common.AddTo(root);
        return root;
    }
}
