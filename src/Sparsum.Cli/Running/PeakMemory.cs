using System.Diagnostics;

namespace Sparsum.Cli.Running;

/// <summary>The most memory that this process has held so far, in bytes.</summary>
internal static class PeakMemory
{
    public static long Read()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
