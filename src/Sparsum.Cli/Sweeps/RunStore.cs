using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// The folder of one run: the record <c>run.json</c>, the document of each finished step as <c>STEP.json</c> below <c>steps</c>, the
/// progress of all of them in <c>log.txt</c>, and the outputs of the steps.
/// </summary>
internal sealed class RunStore
{
    private static readonly JsonRules Rules = new() { Code = "damaged-record", Hint = "Remove the folder of this run, then sweep again." };

    private const string StepsFolder = "steps";
    private readonly PlannedRun plan;

    /// <summary>Finds the folder by the key: the part of its name that is for people follows the recipe's other values.</summary>
    public RunStore(string runs, PlannedRun plan)
    {
        this.plan = plan;
        string? existing = Directory.Exists(runs) ? Directory.EnumerateDirectories(runs, "*" + plan.Key).FirstOrDefault() : null;
        Folder = existing ?? Path.Combine(runs, plan.Id);
    }

    public string Folder { get; }

    public string Log => Path.Combine(Folder, "log.txt");

    private string RecordPath => Path.Combine(Folder, RunFolder.DocumentName);

    /// <summary>Keeps other processes away from the run until it is disposed of.</summary>
    /// <exception cref="InvalidInputException">Another one has it: <c>output-in-use</c>.</exception>
    public IDisposable Claim() => FolderLock.Take(Folder, Folder);

    /// <summary>What earlier sweeps left of the run.</summary>
    public SweptRun Read()
    {
        if (!File.Exists(RecordPath))
        {
            return new SweptRun(plan);
        }

        var record = ReadDocument(RecordPath);
        var documents = new JsonObject();
        foreach (var step in plan.Steps.Where(step => File.Exists(StepPath(step))))
        {
            documents[step.Name] = ReadDocument(StepPath(step));
        }

        var state = Enum.TryParse<RunState>((string?)record["state"], ignoreCase: true, out var known) ? known : RunState.Pending;
        return new SweptRun(plan)
        {
            State = state,
            Step = (string?)record["step"],
            Documents = documents,
            Error = record["error"]?.DeepClone().AsObject(),
            Seconds = record["seconds"]?.GetValue<double>() ?? 0,
            WasDone = state == RunState.Done,
        };
    }

    public void Write(SweptRun run)
    {
        Directory.CreateDirectory(Path.Combine(Folder, StepsFolder));
        AtomicFile.WriteAllText(RecordPath, JsonText.Format(run.ToJson(withDocuments: false)) + "\n");
    }

    /// <summary>Takes over a run that another sweep finished.</summary>
    /// <param name="record">Its line in that sweep's results.</param>
    public void Adopt(JsonObject record)
    {
        var run = new SweptRun(plan) { State = RunState.Done, Seconds = record["seconds"]?.GetValue<double>() ?? 0 };
        Directory.CreateDirectory(Path.Combine(Folder, StepsFolder));
        foreach (var step in plan.Steps)
        {
            WriteStep(step, record["steps"]?[step.Name] as JsonObject ?? throw new InvalidInputException(Rules.Code, $"The record of '{plan.Id}' has no step '{step.Name}'.")
            {
                Option = "records",
                Expected = $"the document of '{step.Name}' below 'steps'",
                Hint = "Leave the line out: the run is then made again.",
            });
        }

        Write(run);
    }

    public void WriteStep(PlannedStep step, JsonObject document) =>
        AtomicFile.WriteAllText(StepPath(step), JsonText.Format(document) + "\n");

    /// <summary>A path or option of a step with the folder in its place.</summary>
    public string Resolve(string text) => text.Replace(Substitution.RunFolder, Folder, StringComparison.Ordinal);

    /// <summary>Whether an interrupted step left something to go on from.</summary>
    public bool HasLeftovers(string output)
    {
        string path = Path.GetFullPath(Resolve(output));
        string? parent = Path.GetDirectoryName(path);
        return Directory.Exists(parent) && Directory.EnumerateFileSystemEntries(parent, Path.GetFileName(path) + "*").Any();
    }

    /// <summary>Removes the outputs that the recipe does not keep.</summary>
    public void DiscardOutputs()
    {
        foreach (string path in plan.Steps.Select(step => step.Discard).OfType<string>().Select(Resolve))
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else if (File.Exists(path))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>
    /// Removes all that is left of a run that is claimed; the record goes last, so that a kill in the middle leaves a run to be cleared.
    /// </summary>
    public void Clear()
    {
        foreach (string below in Directory.EnumerateDirectories(Folder))
        {
            Directory.Delete(below, recursive: true);
        }

        foreach (string file in Directory.EnumerateFiles(Folder).Where(file => Path.GetFileName(file) is not (RunFolder.DocumentName or FolderLock.FileName)))
        {
            File.Delete(file);
        }

        File.Delete(RecordPath);
    }

    private string StepPath(PlannedStep step) => Path.Combine(Folder, StepsFolder, step.Name + ".json");

    private static JsonObject ReadDocument(string path) =>
        StrictJson.ReadNode(path, Rules) as JsonObject ?? throw new InvalidInputException(Rules.Code, $"The record '{path}' is no JSON object.")
        {
            File = path,
            Hint = Rules.Hint,
        };
}
