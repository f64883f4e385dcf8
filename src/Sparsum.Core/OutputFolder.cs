namespace Sparsum.Core;

/// <summary>
/// The one owner of an output folder. A run takes a lock, puts everything that belongs to its result together in a work folder beside the
/// target, <c>TARGET.partial</c>, and publishes it by a single rename. What was there before is moved aside first and deleted last; a run
/// that is killed at any moment leaves either the old output or the new one, and the next start tidies up. Inputs are never touched.
/// </summary>
/// <example><code>
/// using var folder = OutputFolder.Open(output, [model, data], existing, stateFile: "checkpoint.safetensors");
/// if (folder.IsFinished) { return ReadRecord(folder.Target); }
/// folder.Begin();
/// // train, keep the state in folder.State("checkpoint.safetensors"), write model and records into folder.Output
/// folder.Publish();
/// </code></example>
public sealed class OutputFolder : IDisposable
{
    private const string WorkSuffix = ".partial";

    private readonly ExistingOutput existing;
    private readonly IReadOnlyList<string>? shared;
    private readonly string? stateFile;
    private readonly string? firstNewParent;
    private FolderLock? ownership;
    private bool isBegun;

    private OutputFolder(string target, ExistingOutput existing, string? stateFile, IReadOnlyList<string>? shared)
    {
        (Target, this.existing, this.stateFile, this.shared) = (target, existing, stateFile, shared);
        for (string? parent = Path.GetDirectoryName(target); parent is not null && !Directory.Exists(parent); parent = Path.GetDirectoryName(parent))
        {
            firstNewParent = parent;
        }
    }

    /// <summary>Full path of the output, without links.</summary>
    public string Target { get; }

    /// <summary>The folder that holds an unfinished run.</summary>
    public string Work => Target + WorkSuffix;

    /// <summary>Where the result is put together; the target itself where a run works in place.</summary>
    public string Output => shared is null ? Path.Combine(Work, "output") : Target;

    /// <summary>Whether something is in the target.</summary>
    public bool HasContent => Directory.Exists(Target) && Directory.EnumerateFileSystemEntries(Target).Any();

    /// <summary>Whether there is an unfinished run to go on with; <see cref="Begin"/> keeps what it left.</summary>
    public bool IsResumed => existing == ExistingOutput.Resume && HasState;

    /// <summary>
    /// Whether the caller asked to go on and the run is finished: nothing is left to do but to see that it was the same run, and to say so.
    /// </summary>
    public bool IsFinished => existing == ExistingOutput.Resume && !HasState && HasContent;

    /// <summary>Whether an earlier run left a state to go on from.</summary>
    private bool HasState => stateFile is not null && File.Exists(State(stateFile)) && Directory.Exists(Output);

    private string Replaced => State("replaced");

    /// <summary>There once the result is complete: all that is left is renaming.</summary>
    private string CompleteMark => State("complete");

    /// <summary>There if the run may replace what is in the target; a resumed run inherits that.</summary>
    private string ReplaceMark => State("replace");

    /// <summary>
    /// Takes hold of a folder: resolves all links, refuses what would touch an input, takes the lock, finishes the publishing that a kill
    /// interrupted, and refuses what the caller did not speak of. The target stays as it is, and unless <see cref="Begin"/> is called nothing is left behind.
    /// </summary>
    /// <param name="target">The folder to create.</param>
    /// <param name="inputs">Files and folders that are read; null entries are skipped.</param>
    /// <param name="existing">What to do with an output or an unfinished run that is there.</param>
    /// <param name="stateFile">The file in the work folder from which a run can go on; null for runs that start over.</param>
    /// <exception cref="InvalidInputException">
    /// <c>output-is-input</c>, <c>output-is-file</c>, <c>output-in-use</c>, <c>output-exists</c>, <c>output-not-ours</c>,
    /// <c>unfinished-run</c>.
    /// </exception>
    /// <exception cref="RunFailedException">The folder cannot be written.</exception>
    public static OutputFolder Open(
        string target, IEnumerable<string?> inputs, ExistingOutput existing = ExistingOutput.Refuse, string? stateFile = null) =>
        Open(target, inputs, existing, stateFile, null);

    /// <summary>
    /// Takes hold of a folder for a run that works in the target itself, because it goes on from whatever earlier runs left: a collection
    /// of results. An earlier output that is replaced is moved aside and deleted when the new one is published.
    /// </summary>
    /// <param name="target">The folder.</param>
    /// <param name="inputs">Files and folders that are read; null entries are skipped.</param>
    /// <param name="shared">
    /// All names that the run writes in the folder, folders with <c>/</c> at their end; the first is there in every such folder.
    /// </param>
    /// <param name="existing"><see cref="ExistingOutput.Resume"/> to go on with what is there.</param>
    /// <inheritdoc cref="Open(string, IEnumerable{string?}, ExistingOutput, string?)" path="/exception"/>
    public static OutputFolder OpenInPlace(string target, IEnumerable<string?> inputs, IReadOnlyList<string> shared, ExistingOutput existing) =>
        Open(target, inputs, existing, null, shared);

    /// <summary>Path of a file or folder in the work folder: state from which the run can go on.</summary>
    public string State(string name) => Path.Combine(Work, name);

    /// <summary>Makes the work folder ready: as it is for a resumed run, else empty.</summary>
    public void Begin() => Guard(() =>
    {
        isBegun = true;
        File.Delete(CompleteMark);
        if (!IsResumed)
        {
            Clear(keepsReplaced: shared is not null);
        }

        if (existing == ExistingOutput.Replace)
        {
            AtomicFile.WriteAllText(ReplaceMark, "");
        }

        if (shared is null)
        {
            Directory.CreateDirectory(Output);
            return;
        }

        if (existing == ExistingOutput.Replace && HasContent)
        {
            Delete(Replaced);
            Directory.Move(Target, Replaced);
        }

        if (!HasContent)
        {
            // The marker comes first, by a rename as well: a kill at any time leaves a folder that is known.
            string start = State("start");
            Directory.CreateDirectory(start);
            OutputMarker.Write(start, shared);
            DeleteEmptyTarget();
            Directory.Move(start, Target);
        }
        else
        {
            OutputMarker.Write(Target, shared);
        }
    });

    /// <summary>Puts the complete result in place, deletes what it replaces, and removes the work folder.</summary>
    /// <exception cref="InvalidInputException">Somebody has put something into the target meanwhile; it stays.</exception>
    /// <exception cref="RunFailedException">It cannot be put in place; the target is as it was.</exception>
    public void Publish()
    {
        if (shared is null)
        {
            Guard(() =>
            {
                OutputMarker.Write(Output);
                AtomicFile.WriteAllText(CompleteMark, "");
            });
            MoveInPlace();
        }

        Discard();
    }

    /// <summary>
    /// Gives up: removes the work folder with all that is in it. A run in place leaves its target as far as it is, unless it replaced
    /// another one, which stays aside until a run is published.
    /// </summary>
    public void Discard()
    {
        if (ownership is null)
        {
            return;
        }

        Guard(() => Clear());
        AtomicFile.TryDelete(State(FolderLock.OwnerName));
        Release();
        RemoveEmptyFolders();
    }

    /// <summary>For a run in place that failed and cannot be gone on with: removes what it wrote and brings back what was there before.</summary>
    public void Restore() => Guard(() =>
    {
        if (shared is not null && isBegun && ownership is not null)
        {
            if (Directory.Exists(Target) && OutputMarker.Examine(Target, shared) is (true, null))
            {
                Directory.Delete(Target, recursive: true);
            }

            if (Directory.Exists(Replaced) && !Directory.Exists(Target))
            {
                Directory.Move(Replaced, Target);
            }
        }
    });

    /// <summary>Lets other runs in. Without a state to go on from, nothing stays behind.</summary>
    public void Dispose()
    {
        if (ownership is null)
        {
            return;
        }

        if (HasState || (shared is not null && Directory.Exists(Replaced)))
        {
            Release();
            return;
        }

        try
        {
            Discard();
        }
        catch (RunFailedException)
        {
            // An error here must not hide the one that led to it.
            Release();
        }
    }

    private static OutputFolder Open(
        string target, IEnumerable<string?> inputs, ExistingOutput existing, string? stateFile, IReadOnlyList<string>? shared)
    {
        var folder = new OutputFolder(RealPath.Of(target), existing, stateFile, shared);
        OutputRefusals.Overlap(folder.Target, folder.Work, inputs.OfType<string>().Select(RealPath.Of));
        OutputRefusals.Foreign(folder.Target, folder.Work, folder.IsWorkFolder());
        folder.ownership = FolderLock.Take(folder.Work, folder.Target);
        try
        {
            folder.Recover();
            folder.RefuseExisting();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>A work folder is known by its owner file; those of earlier versions by their lock or checkpoint.</summary>
    private bool IsWorkFolder() => new[] { FolderLock.OwnerName, FolderLock.FileName, "checkpoint.safetensors" }.Any(name => File.Exists(State(name)));

    /// <summary>Finishes what a kill between the renames of <see cref="Publish"/> left undone.</summary>
    private void Recover()
    {
        if (shared is not null || !File.Exists(CompleteMark))
        {
            return;
        }

        if (Directory.Exists(Output))
        {
            if (HasContent && !(File.Exists(ReplaceMark) && OutputMarker.Examine(Target, null) is (true, null)))
            {
                return;
            }

            MoveInPlace();
        }

        Guard(() => Clear());
    }

    private void RefuseExisting()
    {
        var (isOurs, foreign) = HasContent ? OutputMarker.Examine(Target, shared) : (false, null);
        switch (existing)
        {
            case ExistingOutput.Refuse when HasContent:
            case ExistingOutput.Resume when HasContent && !(shared is null ? isOurs : OutputMarker.IsShared(Target, shared)):
            case ExistingOutput.Resume when HasContent && HasState && !File.Exists(ReplaceMark):
                throw OutputRefusals.Exists(Target);
            case ExistingOutput.Replace when HasContent:
                OutputRefusals.Unknown(Target, isOurs, foreign);
                break;
            case ExistingOutput.Refuse when HasState:
                throw OutputRefusals.Unfinished(Work);
            default:
                break;
        }
    }

    private void MoveInPlace()
    {
        bool isAside = false;
        try
        {
            if (HasContent)
            {
                var (isOurs, foreign) = OutputMarker.Examine(Target, null);
                OutputRefusals.Unknown(Target, isOurs && File.Exists(ReplaceMark), foreign);
                Delete(Replaced);
                Directory.Move(Target, Replaced);
                isAside = true;
            }

            DeleteEmptyTarget();
            Directory.Move(Output, Target);
        }
        catch (Exception exception) when (exception is SparsumException || WriteFailure.IsFileSystem(exception))
        {
            AtomicFile.TryDelete(CompleteMark);
            if (isAside && !Directory.Exists(Target))
            {
                Directory.Move(Replaced, Target);
            }

            throw exception as SparsumException ?? WriteFailure.Describe(exception, Target);
        }
    }

    private void DeleteEmptyTarget()
    {
        if (Directory.Exists(Target))
        {
            Directory.Delete(Target);
        }
    }

    private void Release()
    {
        ownership?.Dispose();
        ownership = null;
    }

    /// <summary>Empties the work folder, the state first, so that a kill in the middle leaves no half of one.</summary>
    private void Clear(bool keepsReplaced = false)
    {
        if (stateFile is not null)
        {
            File.Delete(State(stateFile));
        }

        foreach (string file in Directory.EnumerateFiles(Work).Where(file => Path.GetFileName(file) is not (FolderLock.FileName or FolderLock.OwnerName)))
        {
            File.Delete(file);
        }

        foreach (string folder in Directory.EnumerateDirectories(Work).Where(folder => !(keepsReplaced && folder == Replaced)))
        {
            Delete(folder);
        }
    }

    /// <summary>The work folder, and parents of the target that were created for it; another run may be in them already.</summary>
    private void RemoveEmptyFolders()
    {
        try
        {
            Directory.Delete(Work);
            for (string? parent = Path.GetDirectoryName(Target);
                firstNewParent is not null && parent is not null && RealPath.IsWithin(parent, firstNewParent);
                parent = Path.GetDirectoryName(parent))
            {
                Directory.Delete(parent);
            }
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
        }
    }

    private static void Delete(string folder)
    {
        if (RealPath.IsLink(folder))
        {
            File.Delete(folder);
        }
        else if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, Target);
        }
    }
}
