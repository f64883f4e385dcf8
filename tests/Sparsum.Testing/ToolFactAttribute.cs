using Xunit;

namespace Sparsum.Testing;

/// <summary>A test that needs programs of this machine and is skipped, saying so, where one is absent.</summary>
public sealed class ToolFactAttribute : FactAttribute
{
    /// <summary>Names the programs.</summary>
    public ToolFactAttribute(params string[] tools)
    {
        if (tools.FirstOrDefault(tool => Find(tool) is null) is { } tool)
        {
            Skip = $"needs the program '{tool}', which is absent here";
        }
    }

    /// <summary>The full path of a program that is searched for as a shell does; null where one is absent.</summary>
    public static string? Find(string tool) => OperatingSystem.IsWindows()
        ? null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
}
