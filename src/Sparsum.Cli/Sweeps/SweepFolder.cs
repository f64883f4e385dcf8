using System.Text;
using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>The folder of a sweep. One process at a time works in it; replacing it removes what a sweep writes and nothing else.</summary>
internal sealed class SweepFolder : IDisposable
{
    /// <summary>The folder of the runs below the root.</summary>
    public const string RunsName = "runs";

    private const string RecipeName = "recipe.json";
    private readonly FileStream ownership;

    private SweepFolder(string root, FileStream ownership) => (Root, this.ownership) = (root, ownership);

    public string Root { get; }

    public string Runs => Path.Combine(Root, RunsName);

    /// <summary>The records of all runs with the documents of their steps, a line each.</summary>
    public string Results => Path.Combine(Root, "results.jsonl");

    public string Tables => Path.Combine(Root, "tables.md");

    /// <summary>Opens the folder for a recipe, new or as an earlier sweep left it.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="recipe">The recipe whose results it holds or shall hold.</param>
    /// <param name="force">Whether earlier results go.</param>
    public static SweepFolder Open(string root, Recipe recipe, bool force)
    {
        string recipePath = Path.Combine(root, RecipeName);
        bool isSweep = File.Exists(recipePath);
        OutputGuard.Check(root, force: isSweep);
        if (isSweep && !force && ReadName(recipePath) is var name && name != recipe.Name)
        {
            throw new InvalidInputException("other-sweep", $"'{root}' holds the results of another sweep.")
            {
                File = "-o",
                Found = name,
                Expected = recipe.Name,
                Hint = "Choose another -o, or add --force to replace the results.",
            };
        }

        Directory.CreateDirectory(root);
        var folder = new SweepFolder(root, Lock(root));
        if (force)
        {
            folder.Clear();
        }

        AtomicFile.WriteAllText(recipePath, JsonText.Format(recipe.Source.Value!) + "\n");
        return folder;
    }

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

    public void Dispose() => ownership.Dispose();

    private static string Line(SweptRun run) => JsonText.Format(run.ToJson(), indented: false) + "\n";

    private static string? ReadName(string recipePath) => (StrictJson.ReadNode(recipePath) as JsonObject)?["name"]?.ToString();

    private static FileStream Lock(string root)
    {
        try
        {
            return new FileStream(
                Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new InvalidInputException("output-in-use", $"Another sweep works in '{root}'.", exception)
            {
                File = root,
                Hint = "Wait for it to end, or choose another -o.",
            };
        }
    }

    private void Clear()
    {
        if (Directory.Exists(Runs))
        {
            Directory.Delete(Runs, recursive: true);
        }

        File.Delete(Results);
        File.Delete(Tables);
        File.Delete(Path.Combine(Root, RunFolder.DocumentName));
        File.Delete(Path.Combine(Root, RunFolder.LogName));
    }
}
