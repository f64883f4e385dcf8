using System.CommandLine.Parsing;
using Sparsum.Cli;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Documentation.Tests;

/// <summary>
/// The sessions that README and docs show, run as they stand: every line of a <c>console</c> block that begins with <c>$ sparsum</c>, in the
/// order of the page, in a folder that holds the shipped models, the recipes, and, unless the page writes it itself, the corpus that
/// <c>sparsum corpus -o corpus</c> writes.
/// </summary>
public sealed class CommandTests : IClassFixture<CommandTests.Machine>
{
    private const string Prompt = "$ sparsum ";
    private const string OwnCorpus = "corpus -o corpus";
    private readonly Machine machine;

    public CommandTests(Machine machine) => this.machine = machine;

    public static TheoryData<string> Pages => new(Document.All.Where(document => Commands(document).Any()).Select(document => document.Name));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_of_a_page_runs(string name)
    {
        string[] commands = [.. Commands(Document.All.Single(document => document.Name == name))];
        using var folder = machine.Open(withCorpus: !commands.Contains(OwnCorpus));
        foreach (string command in commands)
        {
            Run(command);
        }
    }

    [Fact]
    public void The_readme_has_a_session() => Assert.NotEmpty(Commands(Document.All.Single(document => document.Name == "README.md")));

    private static IEnumerable<string> Commands(Document document) => document.Blocks
        .Where(block => block.Language == "console")
        .SelectMany(block => block.Lines)
        .Where(line => line.StartsWith(Prompt, StringComparison.Ordinal))
        .Select(line => line[Prompt.Length..]);

    private static void Run(string command)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int exitCode = SparsumCommand.Run([.. CommandLineParser.SplitCommandLine(command)], output, error, CancellationToken.None);
        Assert.True(exitCode == 0, $"sparsum {command}\nexit code {exitCode}\n{output}\n{error}");
    }

    /// <summary>What the sessions start from; the corpus is made once.</summary>
    public sealed class Machine : IDisposable
    {
        private readonly TemporaryFolder shared = new();

        public Machine() => Run($"corpus -o {shared["corpus"]}");

        /// <summary>A folder of a session, which is the current one until it is disposed of.</summary>
        public IDisposable Open(bool withCorpus) => new Session(withCorpus ? shared["corpus"] : null);

        /// <inheritdoc/>
        public void Dispose() => shared.Dispose();
    }

    private sealed class Session : IDisposable
    {
        private readonly TemporaryFolder folder = new();
        private readonly string before = Environment.CurrentDirectory;

        public Session(string? corpus)
        {
            if (corpus is not null)
            {
                Directory.CreateSymbolicLink(folder["corpus"], corpus);
            }

            foreach (string name in (string[])["models", "recipes"])
            {
                Directory.CreateSymbolicLink(folder[name], Path.Combine(Repository.Root, name));
            }

            Environment.CurrentDirectory = folder.Root;
        }

        public void Dispose()
        {
            Environment.CurrentDirectory = before;
            folder.Dispose();
        }
    }
}
