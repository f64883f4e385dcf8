namespace Sparsum.Core;

/// <summary>Turns a failed write into the error that tells what to do about it.</summary>
public static class WriteFailure
{
    // On Unix an IOException carries errno as its HResult, on Windows 0x8007 and the Win32 code.
    private const int NoSpace = 28;
    private const int LinuxQuota = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>
    /// <c>disk-full</c> where the device or quota is used up, <c>write-failed</c> for any other reason.
    /// </summary>
    public static RunFailedException Describe(Exception cause, string file)
    {
        bool isFull = cause is IOException && cause.HResult is NoSpace or LinuxQuota or WindowsDiskFull or WindowsHandleDiskFull;
        return isFull
            ? new RunFailedException("disk-full", $"The disk is full; '{file}' could not be written.", cause)
            {
                File = file,
                Hint = "Free some space or write to another disk, then run the command again.",
            }
            : new RunFailedException("write-failed", $"'{file}' could not be written: {cause.Message}", cause)
            {
                File = file,
                Hint = "Check that the folder exists and may be written to.",
            };
    }

    /// <summary>Whether an exception comes from the file system rather than from a mistake in the program.</summary>
    public static bool IsFileSystem(Exception exception) => exception is IOException or UnauthorizedAccessException;
}
