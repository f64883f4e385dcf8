using System.Text;

namespace Sparsum.Core;

/// <summary>
/// The output of a run that a <see cref="ProcessGroup"/> does together. The first process owns the <see cref="OutputFolder"/>; the others work in
/// a temporary folder of their own, which begins with a copy of the state that a resumed run goes on from and is removed in the end. A process
/// alone has the output folder and nothing else.
/// </summary>
public sealed class SharedFolder : IDisposable
{
    private readonly OutputFolder? owned;
    private readonly string work;

    private SharedFolder(OutputFolder? owned, string target, string work, bool isResumed, bool isFinished)
    {
        (this.owned, this.work) = (owned, work);
        (Target, IsResumed, IsFinished) = (target, isResumed, isFinished);
    }

    /// <summary>Whether this process writes the output.</summary>
    public bool IsOwner => owned is not null;

    /// <summary>Full path of the output.</summary>
    public string Target { get; }

    /// <summary>The folder that holds an unfinished run, or this process's copy of its state.</summary>
    public string Work => work;

    /// <summary>The folder where the result is put together; of no use but to the owner.</summary>
    public string Output => owned?.Output ?? Path.Combine(work, "output");

    /// <inheritdoc cref="OutputFolder.IsResumed"/>
    public bool IsResumed { get; }

    /// <inheritdoc cref="OutputFolder.IsFinished"/>
    public bool IsFinished { get; }

    /// <summary>Opens the output on the first process, and tells the others how it stands; all processes call it.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="target">The folder to create.</param>
    /// <param name="inputs">Files and folders that are read; null entries are skipped.</param>
    /// <param name="existing">What to do with an output or an unfinished run that is there.</param>
    /// <param name="stateFile">The file in the work folder from which a run can go on.</param>
    /// <inheritdoc cref="OutputFolder.Open(string, IEnumerable{string?}, ExistingOutput, string?)" path="/exception"/>
    public static SharedFolder Open(ProcessGroup group, string target, IEnumerable<string?> inputs, ExistingOutput existing, string stateFile)
    {
        var folder = group.IsFirst ? OutputFolder.Open(target, inputs, existing, stateFile) : null;
        try
        {
            bool isResumed = group.FromFirst(folder?.IsResumed ?? false);
            bool isFinished = group.FromFirst(folder?.IsFinished ?? false);
            string work = folder?.Work ?? CreateTemporary();
            var shared = new SharedFolder(folder, folder?.Target ?? target, work, isResumed, isFinished);
            if (isResumed && group.HasOthers)
            {
                shared.CopyState(group);
            }

            return shared;
        }
        catch
        {
            folder?.Dispose();
            throw;
        }
    }

    /// <inheritdoc cref="OutputFolder.State"/>
    public string State(string name) => Path.Combine(work, name);

    /// <inheritdoc cref="OutputFolder.Begin"/>
    public void Begin()
    {
        if (owned is not null)
        {
            owned.Begin();
        }
        else
        {
            Guard(() => Directory.CreateDirectory(Output));
        }
    }

    /// <summary>Puts the complete result of the owner in place.</summary>
    /// <inheritdoc cref="OutputFolder.Publish" path="/exception"/>
    public void Publish() => owned?.Publish();

    /// <inheritdoc cref="OutputFolder.Discard"/>
    public void Discard() => owned?.Discard();

    /// <summary>Lets go of the output, or removes this process's copies.</summary>
    public void Dispose()
    {
        if (owned is not null)
        {
            owned.Dispose();
            return;
        }

        try
        {
            Directory.Delete(work, recursive: true);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
        }
    }

    private static string CreateTemporary()
    {
        try
        {
            return Directory.CreateTempSubdirectory("sparsum-").FullName;
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, Path.GetTempPath());
        }
    }

    /// <summary>Gives every process the files from which the run goes on; what is written of the output stays with its owner.</summary>
    private void CopyState(ProcessGroup group)
    {
        string[] own = IsOwner
            ? [.. Directory.EnumerateFiles(work, "*", SearchOption.AllDirectories).Where(IsState).Select(file => Path.GetRelativePath(work, file)).Order(StringComparer.Ordinal)]
            : [];
        string names = Encoding.UTF8.GetString(group.FromFirst(Encoding.UTF8.GetBytes(string.Join('\n', own))));
        foreach (string name in names.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Guard(() => Copy(group, State(name)));
        }
    }

    private bool IsState(string file) =>
        !file.StartsWith(Output + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        && Path.GetFileName(file) is not (FolderLock.FileName or FolderLock.OwnerName);

    private void Copy(ProcessGroup group, string path)
    {
        const int Chunk = 1 << 24;
        byte[] buffer = new byte[Chunk];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, IsOwner ? FileMode.Open : FileMode.Create, IsOwner ? FileAccess.Read : FileAccess.Write);
        byte[] size = group.FromFirst(BitConverter.GetBytes(IsOwner ? file.Length : 0));
        for (long left = BitConverter.ToInt64(size); left > 0; left -= Chunk)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(Chunk, left));
            if (IsOwner)
            {
                file.ReadExactly(part);
            }

            group.Broadcast(part);
            if (!IsOwner)
            {
                file.Write(part);
            }
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
            throw WriteFailure.Describe(exception, work);
        }
    }
}
