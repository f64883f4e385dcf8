using System.CommandLine;
using Sparsum.Core;

namespace Sparsum.Cli.Options;

/// <summary>Turns what the parser found wrong into an error that says what to do next.</summary>
internal static class CommandLineError
{
    public static InvalidInputException From(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        bool isRoot = command is RootCommand;
        string line = isRoot ? "sparsum" : $"sparsum {command.Name}";
        string? unknown = parse.UnmatchedTokens.FirstOrDefault();
        if (unknown is null)
        {
            return new InvalidInputException("invalid-command-line", string.Join(' ', parse.Errors.Select(error => error.Message)))
            {
                Hint = $"See '{line} --help'.",
            };
        }

        bool isOption = unknown.StartsWith('-');
        string kind = isOption ? "option" : isRoot ? "command" : "argument";
        string[] known = isOption
            ? [.. command.Options.Concat(parse.RootCommandResult.Command.Options.Where(option => option.Recursive)).Select(option => option.Name)]
            : [.. command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name)];
        string? nearest = Suggestion.Nearest(unknown, known);
        return new InvalidInputException($"unknown-{kind}", $"'{line}' has no {kind} '{unknown}'.")
        {
            File = isOption ? unknown : null,
            Found = unknown,
            Expected = known.Length == 0 ? null : string.Join(", ", known),
            Hint = nearest is null ? $"See '{line} --help'." : $"Did you mean '{nearest}'?",
        };
    }
}
