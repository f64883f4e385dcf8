namespace Sparsum.Benchmarks;

/// <summary>What the machine calls its processor, for the head of every table.</summary>
internal static class Processor
{
    public static string Name { get; } = File.Exists("/proc/cpuinfo")
        ? string.Join(", ", Values("model name").Concat(Values("cpu family").Select(family => $"family {family}")).Concat(Values("model\t").Select(model => $"model {model}")))
        : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";

    private static IEnumerable<string> Values(string key) => File.ReadLines("/proc/cpuinfo")
        .Where(line => line.StartsWith(key, StringComparison.Ordinal))
        .Take(1)
        .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
}
