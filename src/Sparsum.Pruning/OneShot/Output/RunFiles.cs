using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>What a pruning run keeps in its work folder to go on from.</summary>
internal sealed class RunFiles(SharedFolder folder)
{
    /// <summary>The name of the <see cref="RunJournal"/>: without it, there is nothing to go on from.</summary>
    public const string JournalName = "journal.json";

    /// <summary>The folder of the run.</summary>
    public SharedFolder Folder => folder;

    /// <summary>Where the model is put together.</summary>
    public string Model => folder.Output;

    /// <summary>The journal of the run.</summary>
    public string Journal => folder.State(JournalName);

    /// <summary>What the allocation found.</summary>
    public string Allocation => folder.State("allocation.json");

    /// <summary>Where an allocation may keep what it has so far.</summary>
    public string AllocationState => folder.State("allocation");

    /// <summary>Bytes that an interrupted run keeps beside the model, to go on from; a resumed run writes them no second time.</summary>
    public long SavedBytes => folder.IsResumed ? SizeOf(folder.Work) + (Directory.Exists(AllocationState) ? SizeOf(AllocationState) : 0) : 0;

    /// <summary>The saved hidden states that belong to a number of finished blocks.</summary>
    public string HiddenStates(int finishedBlocks) => folder.State(FormattableString.Invariant($"hidden-states.{finishedBlocks}.bin"));

    /// <summary>Makes the work folder ready.</summary>
    /// <exception cref="RunFailedException">It cannot be written.</exception>
    public void Begin()
    {
        folder.Begin();
        Guard(() => Directory.CreateDirectory(AllocationState));
    }

    /// <summary>Removes all saved hidden states but those of a number of finished blocks.</summary>
    public void KeepHiddenStates(int finishedBlocks) => Guard(() =>
    {
        foreach (string file in Directory.EnumerateFiles(folder.Work, "hidden-states.*.bin").Where(file => file != HiddenStates(finishedBlocks)))
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

    private static long SizeOf(string folder) => new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, folder.Work);
        }
    }
}
