namespace Sparsum.Core;

/// <summary>Refuses a run whose output cannot fit, rather than fail hours later.</summary>
public static class FreeSpace
{
    /// <summary>Checks that something fits.</summary>
    /// <param name="path">A path that need not exist.</param>
    /// <param name="needed">What is still to be written.</param>
    /// <param name="available">What is free there; null where nobody knows.</param>
    /// <exception cref="RunFailedException">There is too little space: <c>disk-full</c>.</exception>
    public static void Require(string path, long needed, long? available)
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

    /// <summary>Bytes that are free on the disk that a path lies on; null where the system does not tell.</summary>
    /// <param name="path">A path that need not exist.</param>
    public static long? Available(string path)
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
