using System.Diagnostics;
using System.Globalization;

namespace Sparsum.Evaluation.Latency;

/// <summary>The most physical memory that this process has held so far.</summary>
public static class PeakMemory
{
    /// <summary>Bytes: the kernel's high-water mark on Linux, the peak working set elsewhere.</summary>
    public static long Read()
    {
        const string StatusFile = "/proc/self/status";
        if (File.Exists(StatusFile) && ParseHighWaterMark(File.ReadLines(StatusFile)) is { } bytes)
        {
            return bytes;
        }

        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>The value of <c>VmHWM:  123456 kB</c> in bytes, or null where there is no such line.</summary>
    internal static long? ParseHighWaterMark(IEnumerable<string> status)
    {
        const string Key = "VmHWM:";
        string? line = status.FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        string? number = line?[Key.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : null;
    }
}
