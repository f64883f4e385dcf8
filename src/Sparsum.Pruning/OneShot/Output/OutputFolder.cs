using Sparsum.Core;


namespace Sparsum.Pruning.OneShot.Output;

/// <summary>
/// The output folder of a run and the work folder beside it. All writing happens in the work folder; the output appears by one rename when
/// it is complete. The input is never touched.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private const string WorkSuffix = ".partial";
    private readonly string input;
    private FileStream? ownership;

    /// <summary>Names the folders and refuses those that would touch the input; writes nothing.</summary>
    /// <exception cref="InvalidInputException">Output and input overlap, or the output is a file.</exception>
    public OutputFolder(string input, string output)
    {
        this.input = Normalize(input);
        Target = Normalize(output);
        Work = Target + WorkSuffix;
        RefuseOverlap();
        if (File.Exists(Target))
        {
            throw new InvalidInputException("output-is-file", $"The output '{Target}' is a file.")
            {
                File = Target,
                Expected = "a folder that does not exist yet, or an empty one",
                Hint = "Choose another -o.",
            };
        }
    }

    /// <summary>Full path of the output.</summary>
    public string Target { get; }

    /// <summary>The folder that holds an unfinished run.</summary>
    public string Work { get; }

    /// <summary>Where the model is put together.</summary>
    public string Model => Path.Combine(Work, "model");

    /// <summary>The journal of the run.</summary>
    public string Journal => Path.Combine(Work, "journal.json");

    /// <summary>What the allocation found.</summary>
    public string Allocation => Path.Combine(Work, "allocation.json");

    /// <summary>Where an allocation may keep what it has so far.</summary>
    public string AllocationState => Path.Combine(Work, "allocation");

    /// <summary>Whether something is in the output already.</summary>
    public bool HasContent => Directory.Exists(Target) && Directory.EnumerateFileSystemEntries(Target).Any();

    /// <summary>Whether what is there is a model, which <c>--force</c> may replace; anything else is not ours to delete.</summary>
    public bool HoldsModel => File.Exists(Path.Combine(Target, "config.json"));

    /// <summary>Bytes that an interrupted run keeps beside the model, to go on from; a resumed run writes them no second time.</summary>
    public long SavedBytes => Directory.Exists(Work) ? SizeOf(Work) + (Directory.Exists(AllocationState) ? SizeOf(AllocationState) : 0) : 0;

    /// <summary>The saved hidden states that belong to a number of finished blocks.</summary>
    public string HiddenStates(int finishedBlocks) => Path.Combine(Work, FormattableString.Invariant($"hidden-states.{finishedBlocks}.bin"));

    /// <summary>Removes all saved hidden states but those of a number of finished blocks.</summary>
    public void KeepHiddenStates(int finishedBlocks) => Guard(() =>
    {
        foreach (string file in Directory.EnumerateFiles(Work, "hidden-states.*.bin").Where(file => file != HiddenStates(finishedBlocks)))
        {
            File.Delete(file);
        }
    });

    /// <summary>Removes what the allocation kept on its way.</summary>
    public void ClearAllocationState() => Guard(() =>
    {
        foreach (string file in Directory.EnumerateFiles(AllocationState))
        {
            File.Delete(file);
        }
    });

    /// <summary>Creates the work folder, or takes over the one that is there, and keeps other processes out of it.</summary>
    /// <param name="keep">Whether what is in it stays.</param>
    /// <exception cref="InvalidInputException">Another process works there.</exception>
    public void Begin(bool keep)
    {
        Guard(() => Directory.CreateDirectory(Work));
        try
        {
            ownership = new FileStream(Path.Combine(Work, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (File.Exists(Path.Combine(Work, "lock")))
        {
            throw new InvalidInputException("output-in-use", $"Another run is writing '{Target}'.", exception)
            {
                File = Work,
                Hint = "Wait for it to end, or choose another -o.",
            };
        }

        Guard(() =>
        {
            if (!keep)
            {
                foreach (string file in Directory.EnumerateFiles(Work).Where(file => file != ownership.Name))
                {
                    File.Delete(file);
                }

                foreach (string folder in Directory.EnumerateDirectories(Work))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }

            Directory.CreateDirectory(Model);
            Directory.CreateDirectory(AllocationState);
        });
    }

    /// <summary>Puts the finished model in place and removes the work folder.</summary>
    public void Publish() => Guard(() =>
    {
        if (HasContent)
        {
            Directory.Move(Target, Path.Combine(Work, "replaced"));
        }
        else if (Directory.Exists(Target))
        {
            Directory.Delete(Target);
        }

        Directory.Move(Model, Target);
        Discard();
    });

    /// <summary>Removes the work folder with all that is in it.</summary>
    public void Discard()
    {
        Dispose();
        if (Directory.Exists(Work))
        {
            Directory.Delete(Work, recursive: true);
        }
    }

    /// <summary>Lets other processes in again.</summary>
    public void Dispose()
    {
        ownership?.Dispose();
        ownership = null;
    }

    private static string Normalize(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return Directory.Exists(full) ? Directory.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }

    private static long SizeOf(string folder) => new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);

    private static bool IsWithin(string inner, string outer) =>
        inner == outer || inner.StartsWith(outer + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private void RefuseOverlap()
    {
        if (IsWithin(Target, input) || IsWithin(input, Target) || IsWithin(input, Work))
        {
            throw new InvalidInputException("output-is-input", "The output folder and the model folder overlap.")
            {
                File = Target,
                Found = $"output '{Target}', model '{input}'",
                Expected = "two folders, neither within the other",
                Hint = "Choose another -o; the input is never changed.",
            };
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
