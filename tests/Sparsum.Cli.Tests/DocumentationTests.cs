using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Sparsum.Cli.Options;
using Sparsum.Cli.Tests.Support;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>What the documents show is what the command takes.</summary>
public class DocumentationTests
{
    private static readonly RootCommand Root = SparsumCommand.CreateRoot(new CommonOptions());

    private static readonly IReadOnlyList<string> Lines =
    [
        .. Directory.GetFiles(Repository.Path("docs"), "*.md")
            .Order(StringComparer.Ordinal)
            .Prepend(Repository.Path("README.md"))
            .SelectMany(File.ReadLines)
            .Select(line => line.Trim().TrimStart('$', ' '))
            .Select(ToArguments)
            .OfType<string>()
            .Distinct(),
    ];

    public static TheoryData<string> CommandLines => new(Lines);

    [Theory]
    [MemberData(nameof(CommandLines))]
    public void Every_command_line_that_is_shown_parses(string line)
    {
        var parse = Root.Parse([.. CommandLineParser.SplitCommandLine(line)]);

        Assert.Empty(parse.Errors.Select(error => error.Message));
    }

    [Fact]
    public void The_readme_shows_commands_at_all() => Assert.True(Lines.Count >= 4);

    [Fact]
    public void Every_option_is_documented()
    {
        string text = File.ReadAllText(Repository.Path("docs", "cli.md"));
        var missing = Root.Subcommands
            .SelectMany(verb => verb.Options)
            .Concat(Root.Options)
            .Select(option => option.Name)
            .Where(name => name is not ("--help" or "--version") && !Regex.IsMatch(text, $@"[` ]{Regex.Escape(name)}[` \]]"))
            .Distinct();

        Assert.Empty(missing);
    }

    private static string? ToArguments(string line) =>
        line.StartsWith("sparsum ", StringComparison.Ordinal) && !line.Contains("VERB", StringComparison.Ordinal) ? line["sparsum ".Length..]
        : line.StartsWith("dotnet run ", StringComparison.Ordinal) && line.Contains("src/Sparsum.Cli -- ", StringComparison.Ordinal) ? line[(line.IndexOf(" -- ", StringComparison.Ordinal) + 4)..]
        : null;
}
