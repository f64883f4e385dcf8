using System.CommandLine;
using Sparsum.Cli.Running;

namespace Sparsum.Cli.Cards;

/// <summary>The command line of a run as another person would type it: what was given, without what changes nothing about the result.</summary>
internal static class CardCommand
{
    private static readonly HashSet<string> Incidental = new(StringComparer.Ordinal)
    {
        "--json", "--quiet", "--verbose", "--offline", "--threads", "--resume", "--force", "--verdict", "--max-memory", "--journal", "--checkpoint-steps",
    };

    public static string Of(RunContext context)
    {
        var command = context.Parse.CommandResult;
        var options = command.Command.Options.Concat(context.Parse.RootCommandResult.Command.Options.Where(option => option.Recursive));
        return CardText.Shell(
        [
            "sparsum", command.Command.Name,
            .. command.Command.Arguments.SelectMany(argument => context.Parse.GetResult(argument)?.Tokens ?? []).Select(token => token.Value),
            .. options.Where(option => !Incidental.Contains(option.Name)).SelectMany(option => Words(context, option)),
        ]);
    }

    private static IEnumerable<string> Words(RunContext context, Option option) => !context.IsGiven(option) ? []
        : option.Name == "-o" ? [option.Name, "OUT"]
        : context.Parse.GetResult(option)!.Tokens is { Count: > 0 } values ? values.SelectMany(value => (string[])[option.Name, value.Value])
        : [option.Name];
}
