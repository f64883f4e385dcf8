namespace Sparsum.Core;

/// <summary>Keeps other processes, and other runs of this one, out of a work folder. The system lets go of it when a process dies.</summary>
internal sealed class FolderLock : IDisposable
{
    public const string FileName = "lock";

    /// <summary>Tells who holds the lock, and stays as the sign that the folder is ours.</summary>
    public const string OwnerName = "owner.txt";

    private const int Attempts = 20;

    private readonly FileStream stream;

    private FolderLock(FileStream stream) => this.stream = stream;

    /// <summary>Creates a work folder, or enters the one that is there.</summary>
    /// <param name="work">The work folder.</param>
    /// <param name="target">The output that it belongs to, for messages.</param>
    /// <exception cref="InvalidInputException">Another run holds it: <c>output-in-use</c>.</exception>
    /// <exception cref="RunFailedException">The folder cannot be written.</exception>
    public static FolderLock Take(string work, string target)
    {
        string path = Path.Combine(work, FileName);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(work);
                var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
                if (!OperatingSystem.IsWindows() && !File.Exists(path))
                {
                    // The run before removed the file between its opening and its locking: the lock is on nothing.
                    stream.Dispose();
                    continue;
                }

                return Enter(work, stream);
            }
            catch (DirectoryNotFoundException) when (attempt < Attempts)
            {
                // The run before removed the folder in between.
            }
            catch (IOException exception) when (File.Exists(path))
            {
                throw new InvalidInputException("output-in-use", $"Another run, {ReadOwner(work)}, is writing '{target}'.", exception)
                {
                    File = work,
                    Found = ReadOwner(work),
                    Hint = "Wait for it to end, or choose another `output`.",
                };
            }
            catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
            {
                throw WriteFailure.Describe(exception, work);
            }
        }
    }

    /// <summary>Removes the file and lets other processes in.</summary>
    public void Dispose() => stream.Dispose();

    private static FolderLock Enter(string work, FileStream stream)
    {
        try
        {
            AtomicFile.WriteAllText(Path.Combine(work, OwnerName), Owner() + "\n");
            return new FolderLock(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static string Owner() => FormattableString.Invariant($"process {Environment.ProcessId} on {Environment.MachineName}");

    private static string ReadOwner(string work)
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(work, OwnerName)).Trim();
            return text.Length is > 0 and < 200 ? text : "an unknown process";
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            return "an unknown process";
        }
    }
}
