using System.Text;

namespace Sparsum.Core;

/// <summary>
/// Writes small files whole or not at all: beside the target, flushed to disk, then renamed over it. A reader sees the old content or the
/// new.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes text as UTF-8 without byte order mark.</summary>
    /// <exception cref="RunFailedException">It could not be written; the target is as it was.</exception>
    public static void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="RunFailedException">It could not be written; the target is as it was.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        string partial = PartialPath(path);
        try
        {
            using (var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            TryDelete(partial);
            throw WriteFailure.Describe(exception, path);
        }
    }

    /// <summary>The sibling that is written before it is renamed to <paramref name="path"/>.</summary>
    internal static string PartialPath(string path) => path + ".partial";

    /// <summary>Removes a file where that is possible; an error here must not hide the one that led to it.</summary>
    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
        }
    }
}
