using System.Globalization;

namespace Sparsum.Pruning.OneShot.Planning;

/// <summary>How much memory a run may use where nobody says.</summary>
internal static class MachineMemory
{
    /// <summary>Bytes: what the machine or container has, or on Linux what of it is free or can be freed.</summary>
    public static long Available()
    {
        const string File = "/proc/meminfo";
        long total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return System.IO.File.Exists(File) && ParseAvailable(System.IO.File.ReadLines(File)) is { } free ? Math.Min(total, free) : total;
    }

    /// <summary>The value of <c>MemAvailable:  123456 kB</c> in bytes, or null where there is no such line.</summary>
    internal static long? ParseAvailable(IEnumerable<string> lines)
    {
        const string Key = "MemAvailable:";
        string? number = lines.FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal))?[Key.Length..]
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : null;
    }
}
