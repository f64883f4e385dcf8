using System.CommandLine;
using System.Text.Json.Nodes;

namespace Sparsum.Cli.Options;

/// <summary>The options of a run as JSON: every one, defaults included, in the order of the help text.</summary>
internal static class OptionRecord
{
    // How the result is shown, and where inputs come from that their hashes tell, is no part of how it came about.
    private static readonly string[] Presentation = ["--json", "--quiet", "--verbose", "--offline"];

    public static JsonObject Of(ParseResult parse)
    {
        var record = new JsonObject();
        var options = parse.CommandResult.Command.Options.Concat(parse.RootCommandResult.Command.Options.Where(option => option.Recursive));
        foreach (var option in options)
        {
            // An option with an action of its own, such as --help, takes the place of a run.
            if (option.Action is null && !Presentation.Contains(option.Name))
            {
                record[NameOf(option)] = ValueOf(parse, option);
            }
        }

        return record;
    }

    private static string NameOf(Option option)
    {
        string longest = option.Aliases.Append(option.Name).MaxBy(name => name.Length)!;
        string[] words = longest.TrimStart('-').Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    private static JsonNode? ValueOf(ParseResult parse, Option option) => option switch
    {
        Option<bool> flag => parse.GetValue(flag),
        Option<int> integer => parse.GetValue(integer),
        Option<int?> integer => parse.GetValue(integer),
        Option<double> number => parse.GetValue(number),
        Option<double?> number => parse.GetValue(number),
        Option<string> text => parse.GetValue(text),
        Option<string[]> list => new JsonArray([.. (parse.GetValue(list) ?? []).Select(item => (JsonNode?)item)]),
        _ => throw new InvalidOperationException($"The option {option.Name} has values of a type that no document records."),
    };
}
