using System.Runtime.InteropServices;

namespace Sparsum.Evaluation.Latency;

/// <summary>The processor that times were measured on.</summary>
public static class Processor
{
    /// <summary>Its name where the system tells it, otherwise its architecture.</summary>
    public static string Name { get; } = Find();

    private static string Find()
    {
        const string LinuxFile = "/proc/cpuinfo";
        string? name = File.Exists(LinuxFile)
            ? ParseModelName(File.ReadLines(LinuxFile))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return string.IsNullOrWhiteSpace(name) ? RuntimeInformation.ProcessArchitecture.ToString() : name;
    }

    /// <summary>The value of <c>model name : NAME</c>, or null where there is no such line.</summary>
    internal static string? ParseModelName(IEnumerable<string> lines) => lines
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':') + 1)..].Trim())
        .FirstOrDefault();
}
