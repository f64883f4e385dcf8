using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Cli.Sweeps.Slurm;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// The folder of a sweep, in which one process at a time works in place: a sweep goes on from whatever an earlier one has left, wherever
/// that was stopped.
/// </summary>
internal sealed class SweepFolder : IDisposable
{
    /// <summary>The folder of the runs below the root.</summary>
    public const string RunsName = "runs";

    private const string SubmissionsName = "slurm";
    private const string RecipeName = "recipe.json";
    private const string ResultsName = "results.jsonl";
    private const string TablesName = "tables.md";
    private const string SheetName = "results.csv";
    private const string MarkdownSheetName = "results.md";

    /// <summary>All that a sweep writes; the recipe is there from the beginning.</summary>
    private static readonly string[] Names =
        [RecipeName, ResultsName, TablesName, SheetName, MarkdownSheetName, RunFolder.DocumentName, RunFolder.LogName, RunsName + "/", SubmissionsName + "/"];

    private readonly OutputFolder folder;

    private SweepFolder(string root, OutputFolder folder) => (Root, this.folder) = (root, folder);

    /// <summary>The folder as the command line named it.</summary>
    public string Root { get; }

    public string Runs => Path.Combine(Root, RunsName);

    /// <summary>What was handed to Slurm, and the logs of its jobs.</summary>
    public string Submissions => Path.Combine(Root, SubmissionsName);

    /// <summary>The records of all runs with the documents of their steps, a line each.</summary>
    public string Results => Path.Combine(Root, ResultsName);

    public string Tables => Path.Combine(Root, TablesName);

    /// <summary>The runs as CSV.</summary>
    public string Sheet => Path.Combine(Root, SheetName);

    /// <summary>The runs as a Markdown table.</summary>
    public string MarkdownSheet => Path.Combine(Root, MarkdownSheetName);

    /// <summary>Opens the folder for a recipe, new or as an earlier sweep left it.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="recipe">The recipe whose results it holds or shall hold.</param>
    /// <param name="force">Whether earlier results go.</param>
    /// <param name="sharesJobs">Whether runs that are with Slurm may go on: they are waited for, or nothing is run.</param>
    /// <exception cref="InvalidInputException">It holds something else, or runs are with Slurm.</exception>
    public static SweepFolder Open(string root, Recipe recipe, bool force, bool sharesJobs)
    {
        var folder = OutputFolder.OpenInPlace(
            root, [recipe.Source.File], Names, force ? ExistingOutput.Replace : ExistingOutput.Resume);
        try
        {
            string recipePath = Path.Combine(root, RecipeName);
            if (!force && File.Exists(recipePath) && ReadName(recipePath) is var name && name != recipe.Name)
            {
                throw new InvalidInputException("other-sweep", $"'{root}' holds the results of another sweep.")
                {
                    Option = "output",
                    Found = name,
                    Expected = recipe.Name,
                    Hint = "Choose another `output`, or add `force` to replace the results.",
                };
            }

            if (force || !sharesJobs)
            {
                SlurmQueue.RequireEmpty(Path.Combine(root, SubmissionsName));
            }

            folder.Begin();
            AtomicFile.WriteAllText(recipePath, JsonText.Format(recipe.Source.Value!) + "\n");
            return new SweepFolder(root, folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Lets go of what the sweep replaced: its own results are complete.</summary>
    public void Publish() => folder.Publish();

    /// <summary>Writes the results of all runs that have some, in the order of the recipe.</summary>
    public void WriteResults(IEnumerable<SweptRun> runs)
    {
        var text = new StringBuilder();
        foreach (var run in runs.Where(run => run.State is RunState.Done or RunState.Failed))
        {
            text.Append(Line(run));
        }

        AtomicFile.WriteAllText(Results, text.ToString());
    }

    /// <summary>Adds the result of a run as it ends.</summary>
    public void AppendResult(SweptRun run) => File.AppendAllText(Results, Line(run));

    public void Dispose() => folder.Dispose();

    private static string Line(SweptRun run) => JsonText.Format(run.ToJson(), indented: false) + "\n";

    private static string? ReadName(string recipePath) => (StrictJson.ReadNode(recipePath) as JsonObject)?["name"]?.ToString();
}
