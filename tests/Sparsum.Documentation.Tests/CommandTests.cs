using System.CommandLine.Parsing;
using Sparsum.Cli;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Documentation.Tests;

/// <summary>
/// The sessions that README and docs show, run as they stand: every line of a <c>console</c> block that begins with <c>$ sparsum</c>, in the
/// order of the page, in a folder that holds the shipped models, the recipes, two documents of each zero-shot task, and, unless the page writes
/// it itself, the corpus that <c>sparsum corpus -o corpus</c> writes. No other block shows a command, but for those that run elsewhere.
/// </summary>
public sealed class CommandTests : IClassFixture<CommandTests.Machine>
{
    private const string Prompt = "$ sparsum ";
    private const string OwnCorpus = "corpus -o corpus";

    /// <summary>Beginnings of commands that no session runs, and what runs them.</summary>
    private static readonly (string Line, string RunBy)[] Elsewhere =
    [
        ("dotnet run -c Release --project src/Sparsum.Cli -- demo ", ".ci/run"),
        ("dotnet test -c Release", ".ci/run"),
        ("dotnet pack -c Release src/Sparsum.Cli ", ".ci/run, which packs every project"),
        ("dotnet tool install --global sparsum ", ".ci/run, into a folder of its own"),
        ("dotnet run -c Release --project samples/Sparsum.Samples.Extending -- ", ".ci/run"),
        ("dotnet run -c Release --project benchmarks/", "nobody: they take a quiet machine and minutes, as their page says"),
        ("dotnet run -c Release --project tools/Sparsum.RandomModel -- big ", "nobody: 4 GB, as its page says; the tests make smaller ones"),
        ("dotnet run -c Release --project src/Sparsum.Cli -- prune big ", "nobody: as above"),
        ("sparsum pretrain t5-small/config.json ", "PairTaskTests, with a smaller configuration"),
        ("sparsum create marian.json ", "PairTaskTests, with smaller texts; so are the next four"),
        ("sparsum train fresh -o translator --task translation ", "as above"),
        ("sparsum evaluate translator --task translation ", "as above"),
        ("sparsum train t5-small -o short --task summarization ", "as above"),
        ("sparsum evaluate short --task summarization ", "as above"),
        ("sparsum pull ", "HubTests, from a server of their own; so are the next three"),
        ("sparsum inspect facebook/opt-125m", "as above"),
        ("sparsum prune HuggingFaceTB/SmolLM2-135M ", "as above"),
        ("sparsum generate owner/name:Q4_K_M ", "as above"),
        ("sparsum prune HuggingFaceTB/SmolLM2-135M-Instruct ", "nobody: a model of 135 million parameters that is not here; so is the next"),
        ("sparsum compact smollm2-pruned ", "as above"),
        ("sparsum prune all-MiniLM-L6-v2 ", "nobody: a model of 22 million parameters that is not here; smaller ones are pruned everywhere"),
        ("sparsum prune SmolLM2-135M-Instruct.Q4_1.gguf ", "nobody: a model of 135 million parameters that is not here"),
        ("dotnet run -c Release --project samples/Sparsum.Samples.SemanticSearch -- ", "nobody: as above; what it calls is tested"),
        ("dotnet run -c Release --project samples/Sparsum.Samples.Chat -- ", "nobody: as above; what it calls is tested"),
        ("sparsum sweep recipes/one-shot-tables.json -o tables --engine slurm ", "SlurmTests, with a smaller recipe"),
        ("sparsum \"[suggest:", "nobody: it is part of a script of another shell; what it asks for is tested"),
        ("sparsum VERB ", "nobody: it is the form of all of them"),
    ];

    private static readonly string[] Judged = ["prune ", "train ", "compact "];

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
            // README shows verdicts; on other pages they would take minutes together.
            bool isJudged = name == "README.md" || !Judged.Any(verb => command.StartsWith(verb, StringComparison.Ordinal));
            Run(isJudged ? command : command + " --verdict none");
        }
    }

    [Fact]
    public void Every_command_that_is_shown_is_run()
    {
        var unknown = Document.All
            .SelectMany(document => document.Blocks.Select(block => (document.Name, Block: block)))
            .SelectMany(shown => shown.Block.Lines.Select(line => (shown.Name, shown.Block.Language, Line: line)))
            .Where(shown => shown.Line.TrimStart('$', ' ') is var line
                && (line.StartsWith("sparsum ", StringComparison.Ordinal) || line.StartsWith("dotnet ", StringComparison.Ordinal))
                && !(shown.Language == "console" && shown.Line.StartsWith(Prompt, StringComparison.Ordinal))
                && !Elsewhere.Any(known => line.StartsWith(known.Line, StringComparison.Ordinal)))
            .Select(shown => $"{shown.Name}: {shown.Line}");

        Assert.True(!unknown.Any(), string.Join('\n', unknown));
    }

    [Fact]
    public void No_placeholder_is_left_in_what_is_shown() =>
        Assert.DoesNotContain(Document.All.SelectMany(document => document.Blocks).SelectMany(block => block.Lines), line => line.Contains("@@", StringComparison.Ordinal));

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

            ZeroShotSamples.Write(folder["zero-shot"]);
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
