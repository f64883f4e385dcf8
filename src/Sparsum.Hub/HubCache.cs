using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>
/// One repository in the cache that Hugging Face libraries share (https://huggingface.co/docs/hub/local-cache): <c>blobs/HASH</c> holds each
/// content once, <c>snapshots/COMMIT/PATH</c> are relative links to it, <c>refs/REVISION</c> holds a commit, <c>.no_exist/COMMIT/PATH</c>
/// marks what a commit does not have, and <c>.locks</c> beside the repositories keeps programs from fetching one content twice.
/// </summary>
internal sealed class HubCache
{
    private static int references;

    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(50);

    private readonly HubOptions options;
    private readonly string root;
    private readonly string name;

    public HubCache(HubOptions options, HubReference reference)
    {
        this.options = options;
        name = $"{(reference.IsDataset ? "datasets" : "models")}--{reference.Repository.Replace("/", "--", StringComparison.Ordinal)}";
        root = Path.Combine(options.Cache, name);
    }

    /// <summary>The commit of a revision as it was when last asked for; null where it never was.</summary>
    public string? Commit(string revision)
    {
        if (HubListing.IsCommit(revision))
        {
            return revision;
        }

        string path = Under("refs", revision);
        string text = File.Exists(path) && new FileInfo(path).Length < 1024 ? File.ReadAllText(path).Trim() : "";
        return HubListing.IsCommit(text) ? text : null;
    }

    /// <summary>Keeps which commit a revision is.</summary>
    public void SetCommit(string revision, string commit)
    {
        if (Commit(revision) == commit)
        {
            return;
        }

        // Under a name of its own, since others may write the same at the same time.
        string partial = Path.Combine(
            options.Cache, ".locks", name, FormattableString.Invariant($"ref-{Environment.ProcessId}-{Interlocked.Increment(ref references)}.partial"));
        Write(partial, path => File.WriteAllText(path, commit));
        Write(Under("refs", revision), path => File.Move(partial, path, overwrite: true));
    }

    /// <summary>The folder of a commit.</summary>
    public string Snapshot(string commit) => Path.Combine(root, "snapshots", commit);

    /// <summary>Where a file of a commit lies, whether it is there or not.</summary>
    public string Pointer(string commit, string file) => Path.Combine([Snapshot(commit), .. file.Split('/')]);

    /// <summary>Whether a file of a commit is there.</summary>
    public bool Has(string commit, string file) => File.Exists(Pointer(commit, file));

    /// <summary>Whether it is known that a commit has no such file.</summary>
    public bool IsAbsent(string commit, string file) => File.Exists(Under(".no_exist", $"{commit}/{file}"));

    /// <summary>Keeps that a commit has no such file.</summary>
    public void SetAbsent(string commit, string file)
    {
        string path = Under(".no_exist", $"{commit}/{file}");
        if (!File.Exists(path))
        {
            Write(path, place => File.WriteAllBytes(place, []));
        }
    }

    /// <summary>All files of a commit that are there, with slashes, in ordinal order.</summary>
    public IReadOnlyList<string> Files(string commit)
    {
        string folder = Snapshot(commit);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(File.Exists)
                .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Where a content lies, whether it is there or not.</summary>
    public string Blob(string hash) => Path.Combine(root, "blobs", hash);

    /// <summary>Makes the folders that are written into.</summary>
    public void Prepare() => Write(Path.Combine(root, "blobs", "x"), _ => { });

    /// <summary>Waits until no other program fetches a content.</summary>
    public async Task<IDisposable> LockAsync(string hash, CancellationToken cancellationToken)
    {
        string path = Path.Combine(options.Cache, ".locks", name, hash + ".lock");
        Write(path, _ => { });
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(LockInterval, options.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
            {
                throw WriteFailure.Describe(exception, path);
            }
        }
    }

    /// <summary>
    /// Puts a content under its path into the folder of a commit: as a link, or where there are none as the file itself, which is moved out of
    /// the store unless another path needs it too.
    /// </summary>
    /// <param name="commit">The commit.</param>
    /// <param name="file">The file; its content is in the store.</param>
    /// <param name="isLast">Whether no other path needs the content.</param>
    public void Link(string commit, HubFile file, bool isLast) => Write(Pointer(commit, file.Name), pointer =>
    {
        string blob = Blob(file.Hash);
        if (File.Exists(pointer))
        {
            return;
        }

        // A link to what is gone is no file but in the way.
        File.Delete(pointer);
        if (options.UseLinks && TryLink(pointer, Path.GetRelativePath(Path.GetDirectoryName(pointer)!, blob)))
        {
            return;
        }

        try
        {
            if (!isLast)
            {
                File.Copy(blob, pointer + ".partial", overwrite: true);
                blob = pointer + ".partial";
            }

            File.Move(blob, pointer);
        }
        catch (IOException) when (File.Exists(pointer))
        {
            // Another program was faster.
        }
    });

    private static bool TryLink(string pointer, string target)
    {
        try
        {
            File.CreateSymbolicLink(pointer, target);
            return true;
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            // Another program may have been faster; a full disk is told by the copy.
            return File.Exists(pointer);
        }
    }

    private string Under(string folder, string path) => Path.Combine([root, folder, .. path.Split('/')]);

    private static void Write(string path, Action<string> write)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            write(path);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }
}
