using Microsoft.Win32.SafeHandles;
using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// A range of an open file. Reads at offsets instead of mapping the file: what was read does not stay resident, and a file that shrinks
/// while it is read gives an error where a mapping would end the process.
/// </summary>
internal sealed class FileRegion(SafeFileHandle handle, string file, long start, long length) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <summary>Opens a file for reading at offsets.</summary>
    /// <exception cref="CheckpointException">It is absent, may not be read, or is a pipe.</exception>
    public static SafeFileHandle Open(string file, out long length)
    {
        SafeFileHandle? handle = null;
        try
        {
            if (!OperatingSystem.IsWindows() && new FileInfo(RealPath.Of(file)) is { Exists: true, Length: 0 })
            {
                // Pipes and devices have no length, and opening one may wait for ever: what has none is read as empty, unopened.
                length = 0;
                return File.OpenHandle("/dev/null");
            }

            handle = File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            length = RandomAccess.GetLength(handle);
            return handle;
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception) || exception is NotSupportedException)
        {
            handle?.Dispose();
            bool isMissing = exception is FileNotFoundException or DirectoryNotFoundException;
            throw new CheckpointException(
                isMissing ? "file-not-found" : "file-not-readable",
                isMissing ? $"'{file}' does not exist." : $"'{file}' cannot be read: {exception.Message}",
                exception)
            {
                File = file,
                Hint = isMissing ? "Check the path." : "Check that the path names a file and that you may read it.",
            };
        }
    }

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > length - destination.Length)
        {
            throw Ended(offset + destination.Length);
        }

        while (!destination.IsEmpty)
        {
            int count = ReadSome(start + offset, destination);
            if (count == 0)
            {
                throw Ended(offset + destination.Length);
            }

            offset += count;
            destination = destination[count..];
        }
    }

    private int ReadSome(long position, Span<byte> destination)
    {
        try
        {
            return RandomAccess.Read(handle, destination, position);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw new CheckpointException("file-not-readable", $"'{file}' cannot be read: {exception.Message}", exception)
            {
                File = file,
                Hint = "Check that the path names a file and that the disk is in order.",
            };
        }
    }

    private CheckpointException Ended(long end) => new("file-truncated", $"'{file}' ends before its data does.")
    {
        File = file,
        Found = $"fewer than {start + end} bytes",
        Expected = $"at least {start + end} bytes",
        Hint = "Fetch the file again; it was changed or cut off.",
    };
}
