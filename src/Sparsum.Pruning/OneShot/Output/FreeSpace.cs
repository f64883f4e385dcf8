using Sparsum.Transformers.Errors;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>Refuses a run whose output cannot fit, rather than fail hours later.</summary>
internal static class FreeSpace
{
    /// <summary>Checks the disk that a path lies on, where the system tells how full it is.</summary>
    /// <param name="path">A path that need not exist.</param>
    /// <param name="outputBytes">Size of what is still to be written of the output.</param>
    /// <param name="hiddenStateBytes">Size of one copy of the hidden states; two are there while the journal moves on.</param>
    /// <exception cref="RunFailedException">There is too little space: <c>disk-full</c>.</exception>
    public static void Require(string path, long outputBytes, long hiddenStateBytes)
    {
        if (Available(path) is { } available)
        {
            RequireBytes(path, outputBytes + (2 * hiddenStateBytes), available);
        }
    }

    internal static void RequireBytes(string path, long needed, long available)
    {
        if (needed > available)
        {
            throw new RunFailedException("disk-full", $"There is too little space for '{path}'.")
            {
                File = path,
                Found = FormattableString.Invariant($"{available} bytes free"),
                Expected = FormattableString.Invariant($"{needed} bytes"),
                Hint = "Free some space or write to another disk.",
            };
        }
    }

    private static long? Available(string path)
    {
        string? folder = path;
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder);
        }

        try
        {
            return folder is null ? null : new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
