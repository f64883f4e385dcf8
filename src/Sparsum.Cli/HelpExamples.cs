using System.CommandLine;
using System.CommandLine.Invocation;
using Sparsum.Cli.Running;

namespace Sparsum.Cli;

/// <summary>The help of the command, with lines to begin with behind it.</summary>
/// <param name="help">What writes the help itself.</param>
internal sealed class HelpExamples(SynchronousCommandLineAction help) : SynchronousCommandLineAction
{
    private static readonly string[] Lines =
    [
        "Examples:",
        "  sparsum demo -o demo                                                   the whole story in two minutes",
        "  sparsum inspect facebook/opt-125m                                      what a model is made of",
        "  sparsum prune facebook/opt-125m -o pruned --calibration c4             prune it (Wanda, half of the weights)",
        "  sparsum evaluate pruned --perplexity wikitext2                         what that cost",
        "  sparsum compact pruned -o small                                        make it smaller, and see whether it pays",
        "  sparsum bench small --baseline facebook/opt-125m                       what that brought",
        "  sparsum convert small -o graph --to onnx                               use it in ONNX Runtime",
        "  sparsum report pruned small bench.json -o report.html                  all of it on one page",
        "",
        "  sparsum help VERB explains one of them; sparsum version tells the version.",
    ];

    /// <summary>Whoever asks for help need not have a whole command line.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is RootCommand)
        {
            foreach (string line in Lines)
            {
                parseResult.InvocationConfiguration.Output.WriteLine(line);
            }
        }

        return code == 0 ? ExitCode.Done : code;
    }

    /// <summary>What words in front of a command line stand for: nothing is the help, <c>help VERB</c> that of a verb, <c>version</c> the version.</summary>
    public static string[] Expand(string[] args, RootCommand root) => args switch
    {
        [] => ["--help"],
        ["help"] => ["--help"],
        ["help", var verb] => root.Subcommands.Any(command => command.Name == verb) ? [verb, "--help"] : [verb],
        ["version"] => ["--version"],
        _ => args,
    };
}
