using System.CommandLine;

namespace Sparsum.Cli;

/// <summary>What a shell asks for while a line is being typed, which is no line to find fault with.</summary>
internal static class Completion
{
    /// <summary>Whether the command line is such a question.</summary>
    public static bool IsAsked(string[] args) => args is [var first, ..] && first.StartsWith("[suggest", StringComparison.Ordinal);

    /// <summary>Has options offer the values that their help lists, and take the beginning of one for what it is.</summary>
    public static void Prepare(Command root)
    {
        foreach (var option in root.Subcommands.Append(root).SelectMany(command => command.Options).OfType<Option<string>>())
        {
            // Names in capitals stand for something else.
            string[] values = [.. (option.HelpName ?? "").Split('|').Where(value => !value.Any(char.IsAsciiLetterUpper))];
            if (values.Length > 1)
            {
                option.CompletionSources.Add(values);
                option.CustomParser = result => result.Tokens is [var token, ..] ? token.Value : "";
            }
        }
    }
}
