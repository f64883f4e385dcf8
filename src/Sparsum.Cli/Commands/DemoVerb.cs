using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Demo;
using Sparsum.Cli.Demo.Corpus;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Spectre.Console;

namespace Sparsum.Cli.Commands;

/// <summary><c>demo -o DIR</c>: the whole story with nothing but the SDK.</summary>
internal sealed class DemoVerb : Verb
{
    private const string Small = "small";

    private readonly Option<string?> output = OptionFactory.Output("DIR", "The folder of the demo.");

    private readonly Option<string> budget = OptionFactory.Choice("--budget", "How much to do.", "normal", Small, "normal");

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace an earlier demo in DIR.");

    public DemoVerb()
        : base("demo", "Show the whole story on this machine: train sparse, prune one-shot, compact, measure, write report.html.")
    {
        Add(output);
        Add(budget);
        Add(force);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(output)!;
        using var owned = DemoFolder.Open(folder, context.Get(force));
        try
        {
            owned.Begin();
            var story = new DemoStory(context, folder, context.Get(budget) == Small ? DemoBudget.Small : DemoBudget.Normal);
            var result = Describe(story, story.Run());
            context.Keep(result, folder);
            owned.Publish();
            return result;
        }
        catch
        {
            owned.Restore();
            throw;
        }
    }

    private static VerbResult Describe(DemoStory story, DemoData data) =>
        new()
        {
            Results = new JsonObject
            {
                ["report"] = story.Report,
                ["corpus"] = Create(data.Statistics),
                ["training"] = JsonText.Array(story.Training.Rows, row => Create(row, "accuracy")),
                ["oneShot"] = JsonText.Array(story.OneShot.Rows, row => Create(row, "perplexity")),
                ["runs"] = JsonText.Array(story.Documents, document => document),
            },
            Render = console => Render(console, story),
        };

    private static JsonObject Create(DocumentationStatistics statistics) => new()
    {
        ["files"] = statistics.Files,
        ["entries"] = statistics.Entries.Values.Sum(),
        ["characters"] = statistics.Characters.Values.Sum(),
    };

    private static JsonObject Create(DemoRow row, string quality) => new()
    {
        ["model"] = row.Name,
        ["sparsity"] = row.Sparsity,
        [quality] = JsonText.Number(row.Quality),
        ["weightBytesOnDisk"] = row.Bytes,
    };

    private static void Render(IAnsiConsole console, DemoStory story)
    {
        console.Write(Table("fine-tuned encoder", ">sparsity of Q, K, V, MLP", ">accuracy", story.Training.Rows, row => Units.Percent(row.Quality)));
        console.Write(Table("pruned decoder", ">sparsity of all matrices", ">perplexity", story.OneShot.Rows, row => Units.Number(row.Quality)));
        console.WriteRaw($"Report: {story.Report}");
    }

    private static Table Table(string title, string sparsity, string quality, IEnumerable<DemoRow> rows, Func<DemoRow, string> format)
    {
        var table = Tables.Create(title, sparsity, quality, ">weights");
        foreach (var row in rows)
        {
            table.AddPlainRow(row.Name, Units.Percent(row.Sparsity), format(row), Units.Bytes(row.Bytes));
        }

        return table;
    }
}
