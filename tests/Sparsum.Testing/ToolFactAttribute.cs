using Xunit;

namespace Sparsum.Testing;

/// <summary>A test that needs a program of this machine and is skipped, saying so, where it is absent.</summary>
public sealed class ToolFactAttribute : FactAttribute
{
    /// <summary>Names the program.</summary>
    public ToolFactAttribute(string tool)
    {
        if (Find(tool) is null)
        {
            Skip = $"needs the program '{tool}', which is absent here";
        }
    }

    /// <summary>The full path of a program that is searched for as a shell does; null where it is absent.</summary>
    public static string? Find(string tool) => OperatingSystem.IsWindows()
        ? null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
}
