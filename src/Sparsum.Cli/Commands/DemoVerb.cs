using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Demo;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Datasets;
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
        : base("demo", "Show the whole story on this machine: prune a small model, measure it, write report.html.")
    {
        Add(output);
        Add(budget);
        Add(force);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(output)!;
        DemoFolder.Prepare(folder, context.Get(force));
        var story = new DemoStory(context, folder, context.Get(budget) == Small ? DemoBudget.Small : DemoBudget.Normal);
        var corpus = story.Run();
        return new VerbResult
        {
            RunFolder = folder,
            Results = new JsonObject
            {
                ["report"] = story.Report,
                ["note"] = DemoStory.Warning,
                ["corpus"] = Create(corpus.Statistics),
                ["runs"] = JsonText.Array(story.Documents, document => document),
            },
            Render = console => Render(console, story),
        };
    }

    private static JsonObject Create(DocumentationStatistics statistics) => new()
    {
        ["files"] = statistics.Files,
        ["entries"] = statistics.Entries.Values.Sum(),
        ["characters"] = statistics.Characters.Values.Sum(),
    };

    private static void Render(IAnsiConsole console, DemoStory story)
    {
        var table = Tables.Create("model", ">sparsity", ">perplexity");
        foreach (var row in story.Rows)
        {
            table.AddPlainRow(row.Name, Units.Percent(row.Sparsity), Units.Number(row.Perplexity));
        }

        console.Write(table);
        console.WriteRaw(DemoStory.Warning);
        console.WriteRaw($"Report: {story.Report}");
    }
}
