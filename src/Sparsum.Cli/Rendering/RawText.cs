using Spectre.Console;

namespace Sparsum.Cli.Rendering;

/// <summary>Text that must come out as it is, however wide the terminal.</summary>
internal static class RawText
{
    public static void WriteRaw(this IAnsiConsole console, string text) => console.Profile.Out.Writer.WriteLine(text);
}
