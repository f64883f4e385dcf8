using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>The file in which a search keeps its levels: made anew by every run, since what is in it is soon made again.</summary>
/// <param name="path">Where it is.</param>
internal sealed class LevelFile(string path) : IDisposable
{
    private readonly FileStream file = Open(path);

    /// <summary>Writes bytes to a place.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long start)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, bytes, start);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }

    /// <summary>Reads bytes from a place.</summary>
    /// <exception cref="RunFailedException">There are fewer.</exception>
    public void Read(Span<byte> bytes, long start)
    {
        if (RandomAccess.Read(file.SafeFileHandle, bytes, start) != bytes.Length)
        {
            throw new RunFailedException("unreadable-state", "What the search keeps on disk cannot be read back.") { Found = path };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }
}
